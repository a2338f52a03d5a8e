// SPDX-License-Identifier: Apache-2.0
// All kinds of events as the one that pages, messages and the command line show: rollouts that were
// found, what people told, what agents found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "dive/catalog/rollout.h"
#include "dive/catalog/workload.h"
#include "dive/events/cluster_event.h"
#include "dive/events/event_target.h"
#include "dive/events/process_event.h"

namespace seine::dive {

enum class EventKind : std::uint8_t { kRollout, kProcess, kCluster };
// "code rollout", "process", "cluster".
std::string_view kind_name(EventKind kind);

struct Event {
  std::string id;  // among all: "rollout.CLUSTER.shop.deployment.payments.17", "process.ID", ...
  EventKind kind = EventKind::kProcess;
  std::string title;        // "Rolled out v2.8"
  std::string description;  // Markdown; of a rollout: from what to what
  std::vector<EventTarget> targets;
  std::string person;  // empty where nobody is known
  std::string state;   // phase_name(), state_name(); "happened" of what an agent found
  bool is_over = false;
  // When it begins or is to begin, and when it ended; what an agent found did both at once.
  WallTime begins_at;
  std::optional<WallTime> ended_at;
  // Of a rollout: n of m pods are ready.
  std::optional<std::pair<std::size_t, std::size_t>> ready_pods;
  // Of a rollout: from what to what, as its description says them.
  std::optional<std::pair<std::string, std::string>> revisions;
};

// `known_until` is up to when the cluster has told.
Event show(const std::string& cluster, const WorkloadName& workload, const Rollout& rollout,
           WallTime known_until);
Event show(const ProcessEvent& event, WallTime now);
Event show(const std::string& cluster, const ClusterEvent& event);

// What needs eyes first: what is going on, then what is to come, the next one first, then what is
// over, the last one first. Equal ones by id, so that a page does not waver.
void sort_events(std::vector<Event>& events, WallTime now);

}  // namespace seine::dive
