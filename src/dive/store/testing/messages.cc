// SPDX-License-Identifier: Apache-2.0
#include "dive/store/testing/messages.h"

#include <utility>

#include "telemetry/latency_buckets.h"

namespace seine::dive::testing {

void set_time(google::protobuf::Timestamp& out, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<std::int32_t>((time - seconds).count()));
}

::dive::v1::CountedBucket TestProxy::bucket(WallTime end, Duration length) {
  ::dive::v1::CountedBucket out;
  auto& reporter = *out.mutable_reporter();
  reporter.set_namespace_(ns);
  reporter.set_workload(workload);
  reporter.set_workload_kind("deployment");
  reporter.set_version(version);
  reporter.set_instance(std::string(16, instance));
  reporter.set_boot(std::string(16, boot));
  auto& bucket = *out.mutable_bucket();
  bucket.set_sequence(++sequence);
  set_time(*bucket.mutable_start(), end - length);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(length);
  bucket.mutable_length()->set_seconds(seconds.count());
  bucket.mutable_length()->set_nanos(static_cast<std::int32_t>((length - seconds).count()));
  set_time(*out.mutable_received_at(), end + std::chrono::seconds(2));
  return out;
}

seine::telemetry::v1::HttpRow& add_row(::dive::v1::CountedBucket& bucket, const TestRow& row) {
  auto& out = *bucket.mutable_bucket()->add_http();
  out.set_direction(row.inbound ? seine::telemetry::v1::INBOUND : seine::telemetry::v1::OUTBOUND);
  out.mutable_target()->set_service(std::string(row.service));
  out.mutable_target()->set_namespace_("shop");
  out.mutable_target()->set_port(80);
  out.set_route(std::string(row.route));
  out.mutable_peer()->set_namespace_("shop");
  out.mutable_peer()->set_workload(std::string(row.peer));
  out.set_http_status(row.status);
  out.set_grpc_status(-1);
  out.set_count(row.count);
  out.mutable_latency()->add_index(telemetry::latency_bucket(row.latency));
  out.mutable_latency()->add_count(row.count);
  const auto each = std::chrono::duration_cast<std::chrono::microseconds>(row.latency);
  out.mutable_latency()->set_sum_microseconds(static_cast<std::uint64_t>(each.count()) * row.count);
  return out;
}

::dive::v1::MetricMessage TestAgent::message(std::vector<::dive::v1::CountedBucket> buckets) {
  ::dive::v1::MetricMessage out;
  out.mutable_envelope()->set_epoch(std::string(16, epoch));
  out.mutable_envelope()->set_sequence(++sequence);
  for (auto& bucket : buckets) *out.add_buckets() = std::move(bucket);
  return out;
}

}  // namespace seine::dive::testing
