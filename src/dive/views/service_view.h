// SPDX-License-Identifier: Apache-2.0
// The page of a service. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dive/store/count_query.h"
#include "dive/views/event_view.h"
#include "dive/views/golden.h"
#include "dive/views/objective_view.h"
#include "dive/views/tcp_traffic.h"

namespace seine::dive {

struct WorkloadRow {
  std::string cluster;
  WorkloadName workload;
  struct Version {
    std::string version;
    std::size_t pods = 0;
    std::size_t ready = 0;
  };
  std::vector<Version> versions;       // of pods that stay, by name
  std::uint64_t requests_per_day = 0;  // good and bad ones, whatever they were asked as
  std::optional<WallTime> last_rollout;
  Golden golden;  // of what it answered for this service
};

// A caller or a callee.
struct EdgeRow {
  std::string cluster;
  std::string ns;    // empty where it is not known
  std::string name;  // a workload, a service, an identity, an authority; "outside of the mesh"
  bool is_service = false;  // there is a page of it
  bool is_secured = false;  // by mutual TLS, each request
  Golden golden;
  std::optional<TcpTraffic> tcp;  // where bytes are forwarded as they are
};

struct ServiceView {
  WallTime now;
  Span span;
  std::optional<WallTime> complete_until;
  ServiceRef service;
  Golden golden;
  std::optional<TcpTraffic> tcp;  // where bytes are forwarded as they are
  std::string state;              // service_state()
  std::vector<ObjectiveView> objectives;
  std::vector<WorkloadRow> workloads;
  std::vector<EdgeRow> callers;  // the most requests first
  std::vector<EdgeRow> callees;
  std::vector<EventView> events;
  // Of which parts there are no figures, and why; parts of sentences.
  std::vector<std::string> problems;
};

struct ServiceFacts {
  const KeptCluster* cluster = nullptr;
  ServiceName name;
  CountAnswer to;      // to kService, summed
  CountAnswer calls;   // to kCalls of each workload, summed; series each once
  CountAnswer to_tcp;  // the same of connections
  CountAnswer calls_tcp;
  // Of each workload, by name: the answer to kWorkload over the last day, summed.
  std::map<WorkloadName, CountAnswer> days;
};
// Fills golden, tcp, workloads, callers and callees.
ServiceView make_service_view(ServiceFacts facts);

}  // namespace seine::dive
