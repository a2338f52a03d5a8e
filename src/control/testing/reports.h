// SPDX-License-Identifier: Apache-2.0
// Reports of a proxy for tests.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::control::testing {

namespace telemetry_wire = seine::telemetry::v1;

// From the proxy of pod web-0 in the shop of testing/shop.h.
inline telemetry_wire::ReportRequest make_report(char instance = 'i', char boot = 'b') {
  telemetry_wire::ReportRequest report;
  auto& reporter = *report.mutable_reporter();
  reporter.set_cluster("test");
  reporter.set_namespace_("shop");
  reporter.set_workload("web");
  reporter.set_workload_kind("deployment");
  reporter.set_pod("web-0");
  reporter.set_service_account("web-sa");
  reporter.set_instance(std::string(16, instance));
  reporter.set_boot(std::string(16, boot));
  return report;
}

// A bucket of 10 s with so many requests of one row, of 3 ms each.
inline telemetry_wire::Bucket& add_bucket(telemetry_wire::ReportRequest& report,
                                          std::uint64_t sequence, WallTime start,
                                          std::uint64_t requests) {
  auto& bucket = *report.add_buckets();
  bucket.set_sequence(sequence);
  bucket.mutable_start()->set_seconds(
      std::chrono::floor<std::chrono::seconds>(start).time_since_epoch().count());
  bucket.mutable_length()->set_seconds(10);
  if (requests == 0) return bucket;
  auto& row = *bucket.add_http();
  row.set_direction(telemetry_wire::INBOUND);
  row.mutable_target()->set_service("web");
  row.mutable_target()->set_namespace_("shop");
  row.set_http_status(200);
  row.set_grpc_status(-1);
  row.set_count(requests);
  row.mutable_latency()->add_index(92);
  row.mutable_latency()->add_count(requests);
  row.mutable_latency()->set_sum_microseconds(3000 * requests);
  return bucket;
}

}  // namespace seine::control::testing
