// SPDX-License-Identifier: Apache-2.0
#include "dive/views/cluster_services.h"

#include <set>

namespace seine::dive {

ClusterServices::ClusterServices(const ClusterCatalog::State& catalog) {
  std::set<WorkloadName> busy;
  const auto add = [&](const WorkloadName& workload, const ServiceTold& service) {
    for (const std::uint16_t port : service.ports) {
      doors_[{workload.ns, workload.name, port}].push_back(service.name);
    }
  };
  for (const auto& [name, service] : catalog.services) {
    for (const WorkloadName& workload : service.now.workloads) {
      busy.insert(workload);
      add(workload, service.now);
    }
  }
  for (const auto& [name, service] : catalog.services) {
    for (const WorkloadName& workload : service.former) {
      if (!busy.contains(workload)) add(workload, service.now);
    }
  }
}

std::vector<ServiceName> ClusterServices::services_of(const RowFacts& facts) const {
  if (facts.is_overflow) return {};
  if (!facts.target.service.empty()) return {{facts.target.ns, facts.target.service}};
  const Party& server = facts.server();
  const auto found = doors_.find({server.ns, server.workload, facts.target.port});
  return found == doors_.end() ? std::vector<ServiceName>{} : found->second;
}

std::vector<WorkloadId> workload_ids(const ClusterCatalog::State& catalog,
                                     const ServiceName& name) {
  std::vector<WorkloadId> out;
  for (const WorkloadName& each : answering(catalog, name)) {
    out.push_back({.ns = each.ns, .kind = each.kind, .name = each.name});
  }
  return out;
}

}  // namespace seine::dive
