// SPDX-License-Identifier: Apache-2.0
// An event as pages show it: with the services whose pages it is on. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dive/events/event.h"
#include "dive/records/records.h"

namespace seine::dive {

using KeptClusters = std::map<std::string, KeptCluster>;

struct ServiceRef {
  std::string cluster;
  std::string ns;
  std::string name;
  friend auto operator<=>(const ServiceRef&, const ServiceRef&) = default;
};

struct EventView {
  Event event;
  // Services it is about, and those whose workloads it is about; each once, in order.
  std::vector<ServiceRef> services;
  std::vector<std::string> about;  // all it is about, as people write it
  // Where one event was asked for.
  std::optional<std::vector<Comment>> comments;
};

// "scheduled", "ongoing", "concluded" or "undone": what pages tell apart.
std::string_view plain_state(const Event& event);

EventView make_event_view(Event event, const KeptClusters& clusters);

// What an event has to be about in order to be shown with a service: itself, or who answers for it.
std::vector<EventTarget> targets_of(const std::string& cluster,
                                    const ClusterCatalog::State& catalog, const ServiceName& name);

}  // namespace seine::dive
