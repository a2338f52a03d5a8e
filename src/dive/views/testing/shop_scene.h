// SPDX-License-Identifier: Apache-2.0
// A cluster and what was counted in it, for tests, written in few words: shop/payments, which the
// workload payments answers on port 8080, and its caller shop/web, which has a service, too.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dive/records/records.h"
#include "dive/slo/testing/count_series.h"
#include "dive/store/count_query.h"
#include "telemetry/latency_buckets.h"

namespace seine::dive {

inline const WorkloadName kPaymentsWorkload{"shop", "deployment", "payments"};
inline const WorkloadName kWebWorkload{"shop", "deployment", "web"};
inline const ServiceName kPaymentsService{"shop", "payments"};
inline const ServiceName kWebService{"shop", "web"};

inline Pod pod(std::string name, std::string version, bool ready = true) {
  Pod out;
  out.name = std::move(name);
  out.revision.version = std::move(version);
  out.ready = ready;
  return out;
}

inline ClusterCatalog::State shop_catalog() {
  ClusterCatalog::State state;
  const auto add = [&](const WorkloadName& workload, std::vector<Pod> pods) {
    Workload& made = state.workloads[workload];
    made.now.name = workload;
    made.now.pods = std::move(pods);
    Service& service = state.services[{workload.ns, workload.name}];
    service.now.name = {workload.ns, workload.name};
    service.now.ports = {8080};
    service.now.workloads = {workload};
  };
  add(kPaymentsWorkload, {pod("p-1", "v1"), pod("p-2", "v2"), pod("p-3", "v2", false)});
  add(kWebWorkload, {pod("w-1", "v3")});
  return state;
}

inline KeptCluster shop_cluster(ClusterCatalog::State state = shop_catalog()) {
  return {.name = "demo",
          .id = 1,
          .catalog = ClusterCatalog(std::move(state)),
          .last_heard = kNow - std::chrono::seconds(3),
          .known_until = kNow};
}

// What web's proxy saw of its requests to payments, and what payments' saw of them.
inline Series sent(std::int64_t status = 200) {
  Series out;
  out.direction = Direction::kOutbound;
  out.reporter_namespace = out.peer_namespace = out.target_namespace = "shop";
  out.reporter_workload = "web";
  out.reporter_kind = out.peer_kind = "deployment";
  out.reporter_version = "v3";
  out.target_service = out.peer_workload = "payments";
  out.target_port = 8080;
  out.route = "gateway/httproute/charge";
  out.peer_version = "v2";
  out.peer_identity = "payments.shop";
  out.http_status = status;
  return out;
}
inline Series served(std::int64_t status = 200) {
  Series out = sent(status);
  out.direction = Direction::kInbound;
  std::swap(out.reporter_workload, out.peer_workload);
  std::swap(out.reporter_version, out.peer_version);
  out.peer_identity = "web.shop";
  return out;
}
// Of web's requests to the address of one of payments' pods, what its proxy saw.
inline Series sent_to_a_pod(std::int64_t status = 200) {
  Series out = sent(status);
  out.target_service = out.target_namespace = "";
  out.authority = "10.0.0.7:8080";
  out.route = "core/Pod/p-1";
  return out;
}
// Of someone without a proxy, who named no service.
inline Series served_outside(std::int64_t status = 200) {
  Series out = served(status);
  out.peer_namespace = out.peer_workload = out.peer_kind = out.peer_version = "";
  out.peer_identity = out.target_service = out.target_namespace = "";
  return out;
}

inline CountedSlot counted_slot(std::uint64_t count, WallTime end = kNow,
                                Duration length = std::chrono::minutes(1),
                                Duration latency = std::chrono::milliseconds(3)) {
  CountedSlot out{.end = end, .length = length, .counts = {}};
  out.counts.sums[kRequests] = count;
  if (count > 0) out.counts.latency.add(telemetry::latency_bucket(latency), count);
  return out;
}
inline CountedSeries counted(std::int64_t id, Series series, std::uint64_t count) {
  return {.id = id, .series = std::move(series), .slots = {counted_slot(count)}};
}

// One slot of a minute.
inline CoveredWorkload covered(const WorkloadName& name, Duration measured, Duration expected,
                               WallTime end = kNow) {
  return {.ns = name.ns,
          .kind = name.kind,
          .name = name.name,
          .slots = {{.end = end,
                     .length = std::chrono::minutes(1),
                     .measured = measured,
                     .redated = {},
                     .expected = expected}}};
}

}  // namespace seine::dive
