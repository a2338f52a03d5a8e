// SPDX-License-Identifier: Apache-2.0
// A small mesh as the command reads it: namespace `shop` with web (one pod) and payments (two, one
// of them not ready), each behind a service of its name, and `bank` with ledger. Web calls
// payments, payments calls ledger.
#pragma once

#include <string>

#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::telemetry::testing {

namespace registry = seine::registry::v1;
namespace window = seine::telemetry::v1;

inline void add_workload(registry::ListResponse& list, const std::string& ns,
                         const std::string& name, int pods, int ready) {
  auto& workload = *list.add_workloads();
  workload.set_namespace_(ns);
  workload.set_name(name);
  workload.set_service_account(name);
  workload.set_service(name);
  for (int i = 0; i < pods; ++i) {
    auto& pod = *workload.add_pods();
    pod.set_name(name + "-" + std::to_string(i));
    pod.set_proxy_ready(i < ready);
  }
  auto& service = *list.add_services();
  service.set_namespace_(ns);
  service.set_name(name);
  service.add_workloads(name);
}

inline registry::ListResponse make_list() {
  registry::ListResponse list;
  add_workload(list, "shop", "payments", 2, 1);
  add_workload(list, "shop", "web", 1, 1);
  add_workload(list, "bank", "ledger", 1, 1);
  return list;
}

// Seconds of a minute.
inline void count_from(window::Source& source, std::int64_t from, std::int64_t to) {
  constexpr std::int64_t kMinute = 1'767'225'600;
  source.clear_counted();
  auto& span = *source.add_counted();
  span.mutable_from()->set_seconds(kMinute + from);
  span.mutable_to()->set_seconds(kMinute + to);
}

inline window::Source& add_source(window::ReadResponse& read, const std::string& ns,
                                  const std::string& workload, const std::string& pod) {
  auto& source = *read.add_sources();
  source.mutable_reporter()->set_namespace_(ns);
  source.mutable_reporter()->set_workload(workload);
  source.mutable_reporter()->set_pod(pod);
  source.mutable_reporter()->set_service_account(workload);
  source.set_running(true);
  count_from(source, 0, 60);
  return source;
}

// So many requests of 3 ms.
inline window::HttpRow& add_http(window::Source& source, window::Direction direction,
                                 std::uint32_t status, std::uint64_t count) {
  auto& row = *source.add_http();
  row.set_direction(direction);
  row.set_http_status(status);
  row.set_grpc_status(-1);
  row.set_count(count);
  row.mutable_latency()->add_index(92);
  row.mutable_latency()->add_count(count);
  return row;
}

template <class Row>
Row& to(Row& row, const std::string& ns, const std::string& workload, const std::string& pod) {
  row.mutable_target()->set_service(workload);
  row.mutable_target()->set_namespace_(ns);
  auto& peer = *row.mutable_peer();
  peer.set_namespace_(ns);
  peer.set_workload(workload);
  peer.set_pod(pod);
  peer.set_identity(workload + "." + ns + ".serviceaccount.identity.linkerd.cluster.local");
  return row;
}

inline window::TcpRow& add_tcp(window::Source& source, window::Direction direction,
                               std::uint64_t open, std::uint64_t bytes) {
  auto& row = *source.add_tcp();
  row.set_direction(direction);
  row.set_opened(open);
  row.set_open(open);
  row.set_read_bytes(bytes);
  row.set_written_bytes(2 * bytes);
  return row;
}

// A minute.
inline window::ReadResponse make_window() {
  window::ReadResponse read;
  auto& web = add_source(read, "shop", "web", "web-0");
  to(add_http(web, window::OUTBOUND, 200, 590), "shop", "payments", "payments-0");
  to(add_http(web, window::OUTBOUND, 503, 10), "shop", "payments", "payments-1");
  auto& first = add_source(read, "shop", "payments", "payments-0");
  add_http(first, window::INBOUND, 200, 590);
  add_tcp(first, window::INBOUND, 3, 60'000);
  to(add_http(first, window::OUTBOUND, 200, 1200), "bank", "ledger", "ledger-0");
  auto& second = add_source(read, "shop", "payments", "payments-1");
  add_http(second, window::INBOUND, 503, 10);
  auto& ledger = add_source(read, "bank", "ledger", "ledger-0");
  add_http(ledger, window::INBOUND, 200, 1200);
  return read;
}

}  // namespace seine::telemetry::testing
