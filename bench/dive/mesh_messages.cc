// SPDX-License-Identifier: Apache-2.0
#include "dive/mesh_messages.h"

#include <utility>

#include "telemetry/latency_buckets.h"

namespace seine::bench {
namespace {

namespace wire = seine::telemetry::v1;
using std::chrono::seconds;

WallTime begin_of(Minute minute) {
  return WallTime(std::chrono::minutes(minute));
}

void write_time(WallTime time, google::protobuf::Timestamp& out) {
  const auto whole = std::chrono::floor<seconds>(time.time_since_epoch());
  out.set_seconds(whole.count());
  out.set_nanos(static_cast<std::int32_t>((time.time_since_epoch() - whole).count()));
}

std::string version_text(std::int64_t version) {
  return "v" + std::to_string(version % 1000);
}

std::string sixteen(std::uint64_t a, std::uint64_t b) {
  std::string out(16, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<char>(a >> (8 * i));
    out[8 + i] = static_cast<char>(b >> (8 * i));
  }
  return out;
}

}  // namespace

WallTime MeshMessages::Part::start() const {
  return begin_of(minute) + seconds(sixth < 0 ? 0 : 10 * sixth);
}
Duration MeshMessages::Part::length() const {
  return seconds(sixth < 0 ? 60 : 10);
}

std::vector<::dive::v1::MetricMessage> MeshMessages::minute_counts(Minute minute,
                                                                   bool with_examples) {
  return counts({.minute = minute, .sixth = -1, .with_examples = with_examples});
}

std::vector<::dive::v1::MetricMessage> MeshMessages::sixth_counts(Minute minute, int sixth) {
  return counts({.minute = minute, .sixth = sixth, .with_examples = true});
}

::dive::v1::Envelope MeshMessages::envelope(std::uint64_t& sequence, WallTime sent) const {
  ::dive::v1::Envelope out;
  out.set_epoch(std::string(16, 'e'));
  out.set_sequence(++sequence);
  write_time(sent, *out.mutable_sent_at());
  return out;
}

std::vector<::dive::v1::MetricMessage> MeshMessages::counts(const Part& part) {
  const WallTime end = part.start() + part.length();
  std::vector<::dive::v1::MetricMessage> out;
  for (int caller = 0; caller < history_.services(); ++caller) {
    if (caller % kBucketsOfMessage == 0) {
      *out.emplace_back().mutable_envelope() = envelope(metric_sequence_, end + seconds(1));
    }
    write_bucket(part, caller, *out.back().add_buckets());
  }
  write_time(end, *out.back().mutable_complete_until());
  return out;
}

void MeshMessages::write_bucket(const Part& part, int caller, ::dive::v1::CountedBucket& out) {
  const std::int64_t version = history_.version(caller, part.minute);
  auto& reporter = *out.mutable_reporter();
  reporter.set_namespace_("shop");
  reporter.set_workload(history_.name(caller));
  reporter.set_workload_kind("deployment");
  reporter.set_version(version_text(version));
  reporter.set_instance(
      sixteen(static_cast<std::uint64_t>(caller), static_cast<std::uint64_t>(version)));
  reporter.set_boot(reporter.instance());
  const Duration length = part.length();
  reporter.mutable_interval()->set_seconds(std::chrono::floor<seconds>(length).count());
  auto& bucket = *out.mutable_bucket();
  bucket.set_sequence(++bucket_sequences_[reporter.instance()]);
  write_time(part.start(), *bucket.mutable_start());
  bucket.mutable_length()->set_seconds(std::chrono::floor<seconds>(length).count());
  write_time(part.start() + length + seconds(1), *out.mutable_received_at());
  const int callee = history_.callee_of(caller);
  for (int route = 0; route < kRoutes; ++route) {
    const Requests requests = part.sixth < 0
                                  ? history_.in_minute(callee, route, part.minute)
                                  : history_.in_ten_seconds(callee, route, part.minute, part.sixth);
    if (requests.good > 0) {
      write_row(part, callee, route, 200, requests.good, *bucket.add_http());
    }
    if (requests.bad > 0) write_row(part, callee, route, 503, requests.bad, *bucket.add_http());
  }
}

void MeshMessages::write_row(const Part& part, int callee, int route, std::uint32_t status,
                             std::uint32_t requests, wire::HttpRow& out) {
  const std::string name = history_.name(callee);
  out.set_direction(wire::OUTBOUND);
  out.mutable_target()->set_service(name);
  out.mutable_target()->set_namespace_("shop");
  out.mutable_target()->set_port(8080);
  out.set_route("gateway.networking.k8s.io/HTTPRoute/" + name + "-r" + std::to_string(route));
  auto& peer = *out.mutable_peer();
  peer.set_namespace_("shop");
  peer.set_workload(name);
  peer.set_workload_kind("deployment");
  peer.set_version(version_text(history_.version(callee, part.minute)));
  peer.set_identity(name + ".shop.serviceaccount.identity.linkerd.cluster.local");
  out.set_http_status(status);
  out.set_grpc_status(-1);
  out.set_count(requests);
  by_bucket_.assign(telemetry::kLatencyBuckets, 0);
  const auto where = static_cast<std::uint64_t>((callee * kRoutes + route) * 1000) + status;
  const auto when = static_cast<std::uint64_t>(part.minute * 7 + part.sixth);
  const std::uint64_t dice = scatter(where, when);
  History::add_latencies(dice, requests, by_bucket_);
  for (std::size_t i = 0; i < by_bucket_.size(); ++i) {
    if (by_bucket_[i] == 0) continue;
    out.mutable_latency()->add_index(static_cast<std::uint32_t>(i));
    out.mutable_latency()->add_count(by_bucket_[i]);
  }
  out.mutable_latency()->set_sum_microseconds(4000ULL * requests + dice % 1000);
  if (!part.with_examples) return;
  wire::Exemplar& example = *out.add_exemplars();
  write_time(part.start() + std::chrono::microseconds(dice % 1'000'000),
             *example.mutable_ended_at());
  example.mutable_latency()->set_nanos(static_cast<std::int32_t>(4'000'000 + dice % 100'000));
  example.set_method("GET");
  example.set_path("/items/" + std::to_string(dice % 100'000));
}

void MeshMessages::write_workload(int service, Minute minute, ::dive::v1::Workload& out) const {
  const std::int64_t version = history_.version(service, minute);
  out.mutable_name()->set_namespace_("shop");
  out.mutable_name()->set_kind("deployment");
  out.mutable_name()->set_name(history_.name(service));
  out.set_service_account(history_.name(service));
  auto& pod = *out.add_pods();
  pod.set_name(history_.name(service) + "-" + version_text(version));
  pod.set_version(version_text(version));
  pod.set_template_(version_text(version));
  pod.set_ready(true);
  write_time(begin_of(minute), *pod.mutable_since());
  pod.set_started_by("bench");
}

::dive::v1::DeploymentMessage MeshMessages::all_workloads(Minute minute) {
  ::dive::v1::DeploymentMessage out;
  *out.mutable_envelope() = envelope(deployment_sequence_, begin_of(minute));
  write_time(begin_of(minute), *out.mutable_at());
  for (int i = 0; i < history_.services(); ++i) {
    write_workload(i, minute, *out.mutable_all()->add_workloads());
  }
  return out;
}

std::vector<::dive::v1::DeploymentMessage> MeshMessages::rollouts(Minute minute) {
  std::vector<::dive::v1::DeploymentMessage> out;
  for (int i = 0; i < history_.services(); ++i) {
    if (history_.version(i, minute) == history_.version(i, minute - 1)) continue;
    auto& message = out.emplace_back();
    *message.mutable_envelope() = envelope(deployment_sequence_, begin_of(minute));
    write_time(begin_of(minute), *message.mutable_at());
    write_workload(i, minute, *message.mutable_changed());
  }
  return out;
}

::dive::v1::ServiceMessage MeshMessages::all_services(Minute minute) {
  ::dive::v1::ServiceMessage out;
  *out.mutable_envelope() = envelope(service_sequence_, begin_of(minute));
  write_time(begin_of(minute), *out.mutable_at());
  for (int i = 0; i < history_.services(); ++i) {
    auto& service = *out.mutable_all()->add_services();
    service.mutable_name()->set_namespace_("shop");
    service.mutable_name()->set_name(history_.name(i));
    service.add_ports(8080);
    auto& workload = *service.add_workloads();
    workload.set_namespace_("shop");
    workload.set_kind("deployment");
    workload.set_name(history_.name(i));
  }
  return out;
}

}  // namespace seine::bench
