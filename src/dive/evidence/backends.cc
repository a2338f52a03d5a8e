// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/backends.h"

namespace seine::dive {
namespace {

Backends backends_of_service(const ClusterCatalog::State& catalog, const ServiceName& name) {
  Backends out;
  const auto service = catalog.services.find(name);
  if (service == catalog.services.end()) return out;
  out.ports = service->second.now.ports;
  for (const WorkloadName& each : answering(catalog, name)) {
    const auto workload = catalog.workloads.find(each);
    out.workloads.push_back({.ns = each.ns,
                             .workload = each.name,
                             .environment = workload == catalog.workloads.end()
                                                ? std::string()
                                                : workload->second.environment});
  }
  return out;
}

}  // namespace

Backends backends_of(const ClusterCatalog::State& catalog, const Subject& subject) {
  if (subject.kind == Subject::Kind::kService) {
    return backends_of_service(catalog, {subject.ns, subject.name});
  }
  Backends out;
  for (const auto& [name, workload] : catalog.workloads) {
    if (name.ns != subject.ns || name.name != subject.name) continue;
    out.workloads.push_back(
        {.ns = name.ns, .workload = name.name, .environment = workload.environment});
  }
  return out;
}

}  // namespace seine::dive
