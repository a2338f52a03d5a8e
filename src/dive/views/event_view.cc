// SPDX-License-Identifier: Apache-2.0
#include "dive/views/event_view.h"

#include <algorithm>
#include <set>
#include <utility>

namespace seine::dive {
namespace {

constexpr std::string_view kService = "service";

void add_services(const EventTarget& target, const KeptClusters& clusters,
                  std::set<ServiceRef>& out) {
  if (target.kind == kService) {
    out.insert({target.cluster, target.ns, target.name});
    return;
  }
  const auto cluster = clusters.find(target.cluster);
  if (cluster == clusters.end() || target.kind.empty()) return;
  const WorkloadName workload{target.ns, target.kind, target.name};
  for (const auto& [name, service] : cluster->second.catalog.state().services) {
    const std::vector<WorkloadName> answering = all_workloads(service);
    if (std::ranges::find(answering, workload) == answering.end()) continue;
    out.insert({target.cluster, name.ns, name.name});
  }
}

}  // namespace

EventView make_event_view(Event event, const KeptClusters& clusters) {
  EventView out;
  std::set<ServiceRef> services;
  for (const EventTarget& target : event.targets) {
    add_services(target, clusters, services);
    out.about.push_back(format_target(target));
  }
  out.services.assign(services.begin(), services.end());
  out.event = std::move(event);
  return out;
}

std::vector<EventTarget> targets_of(const std::string& cluster,
                                    const ClusterCatalog::State& catalog, const ServiceName& name) {
  std::vector<EventTarget> out = {
      {.cluster = cluster, .ns = name.ns, .kind = std::string(kService), .name = name.name}};
  const auto service = catalog.services.find(name);
  if (service == catalog.services.end()) return out;
  for (const WorkloadName& each : all_workloads(service->second)) {
    out.push_back({.cluster = cluster, .ns = each.ns, .kind = each.kind, .name = each.name});
  }
  return out;
}

// The four states that a page has a colour for.
std::string_view plain_state(const Event& event) {
  if (event.state == "scheduled" || event.state == "overdue") return "scheduled";
  if (event.state == "undone" || event.state == "called off") return "undone";
  return event.is_over ? "concluded" : "ongoing";
}

}  // namespace seine::dive
