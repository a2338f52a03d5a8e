// SPDX-License-Identifier: Apache-2.0
// The dashboard: what needs attention, then all services of all clusters. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dive/slo/series.h"
#include "dive/store/count_query.h"
#include "dive/views/event_view.h"
#include "dive/views/golden.h"
#include "dive/views/objective_view.h"
#include "dive/views/tcp_traffic.h"

namespace seine::dive {

struct ClusterStatus {
  std::string name;
  bool is_connected = false;
  std::optional<WallTime> last_heard;
  std::string problem;  // why its counts cannot be read; else empty
};
ClusterStatus status_of(const KeptCluster& cluster, WallTime now);

struct LastRollout {
  std::string version;
  WallTime at;
  bool is_ongoing = false;
};

struct ServiceRow {
  ServiceRef service;
  Golden golden;
  struct ObjectiveState {
    std::string name;
    State state = State::kNoTraffic;
    std::string left;
  };
  std::vector<ObjectiveState> objectives;
  std::string state;  // service_state()
  // Where bytes are forwarded as they are.
  std::optional<TcpTraffic> tcp;
  Coverage coverage;  // of who answers, in milliseconds of pods
  std::optional<LastRollout> last_rollout;
  std::string problem;  // why `golden` and `coverage` are not known; else empty
};

struct NamespaceGroup {
  std::string cluster;
  std::string name;
  std::size_t meshed_pods = 0;  // of workloads that told of counts within the span
  std::size_t pods = 0;
  std::vector<ServiceRow> services;
};

// Something that somebody should look at.
struct Attention {
  enum class Severity : std::uint8_t { kFailing, kWarning };
  Severity severity = Severity::kWarning;
  std::string title;
  std::string sentence;  // what it is, and what to do
  std::optional<ServiceRef> service;
  std::string objective;  // may be empty
};

// The service that needs an objective most.
struct Suggestion {
  ServiceRef service;
  std::string sentence;  // why, without a full stop
};

struct DashboardView {
  WallTime now;
  WallTime from;
  std::optional<WallTime> complete_until;
  std::vector<ClusterStatus> clusters;
  std::vector<Attention> attention;  // the most urgent first
  // The most urgent first, and then as clusters and names are ordered; so are services in them.
  std::vector<NamespaceGroup> namespaces;
  std::size_t objectives = 0;         // in all
  std::size_t without_objective = 0;  // services that could have one
  std::optional<Suggestion> suggestion;
};

// A cluster, and what was counted in it within the span.
struct ClusterCounts {
  const KeptCluster* cluster = nullptr;
  CountAnswer answer;   // to kAll, summed
  CountAnswer tcp;      // the same of connections
  std::string problem;  // why there is no answer; else empty
};
// `started`: since when agents could be heard.
DashboardView make_dashboard(std::vector<ClusterCounts> clusters,
                             std::span<const ObjectiveView> objectives, const Span& span,
                             WallTime now, WallTime started);

// Whether an objective is shown with a service: it is about that, or about who answers for it.
bool is_shown_with(const Objective& objective, const ClusterCatalog::State& catalog,
                   const ServiceName& name);

// Fills what is said of all services together, and puts the most urgent first.
void rank_services(DashboardView& view);

std::optional<LastRollout> last_rollout_of(const KeptCluster& cluster,
                                           std::span<const WorkloadName> workloads);

// Of objectives in their order, then of what runs in the clusters.
std::vector<Attention> find_attention(std::span<const ClusterCounts> clusters,
                                      std::span<const ObjectiveView> objectives, WallTime now,
                                      WallTime started);

}  // namespace seine::dive
