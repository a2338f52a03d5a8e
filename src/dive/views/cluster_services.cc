// SPDX-License-Identifier: Apache-2.0
#include "dive/views/cluster_services.h"

namespace seine::dive {

ClusterServices::ClusterServices(const ClusterCatalog::State& catalog) {
  for (const auto& [name, service] : catalog.services) {
    for (const WorkloadName& workload : service.now.workloads) {
      for (const std::uint16_t port : service.now.ports) {
        doors_[{workload.ns, workload.name, port}].push_back(name);
      }
    }
  }
}

std::vector<ServiceName> ClusterServices::services_of(const RowFacts& facts) const {
  if (facts.is_overflow) return {};
  if (!facts.target.service.empty()) return {{facts.target.ns, facts.target.service}};
  if (!facts.is_inbound()) return {};
  const auto found = doors_.find({facts.reporter.ns, facts.reporter.workload, facts.target.port});
  return found == doors_.end() ? std::vector<ServiceName>{} : found->second;
}

std::vector<WorkloadId> workload_ids(const ClusterCatalog::State& catalog,
                                     const ServiceName& name) {
  std::vector<WorkloadId> out;
  const auto service = catalog.services.find(name);
  if (service == catalog.services.end()) return out;
  for (const WorkloadName& each : service->second.now.workloads) {
    out.push_back({.ns = each.ns, .kind = each.kind, .name = each.name});
  }
  return out;
}

}  // namespace seine::dive
