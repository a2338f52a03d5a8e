// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_state.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"

namespace seine::control {
namespace {

using Name = std::pair<std::string, std::string>;  // namespace, name

Pod make_pod(const RegistryScope& scope, const Lease& lease) {
  Pod pod{.name = lease.pod,
          .ips = scope.pods.at(lease.address),
          .ready = lease.proxy_ready && !lease.leaving,
          .version = lease.announced.version,
          .listening = lease.listening};
  std::vector<IpNet> hub;
  for (const IpAddress& ip : scope.pods.hub()) {
    hub.push_back(IpNet::make(ip, static_cast<unsigned>(ip.width())).value());
  }
  for (const std::uint16_t port : lease.announced.published) {
    pod.admissions.push_back({.name = "published", .port = port, .from = hub});
  }
  return pod;
}

// What the leases of one workload say together: ports of all, labels of the last.
void add_lease(const RegistryScope& scope, const Lease& lease, Workload& workload) {
  const Announcement& announced = lease.announced;
  workload.cluster = scope.cluster;
  workload.ns = announced.ns;
  workload.name = announced.workload;
  workload.service_account = announced.service_account;
  workload.labels = announced.labels;
  for (const WorkloadPort& port : announced.ports) {
    if (workload.port(port.number) == nullptr) workload.ports.push_back(port);
  }
  workload.pods.push_back(make_pod(scope, lease));
}

Service make_service(const RegistryScope& scope, const KnownService& known) {
  Service service{.ns = known.ns,
                  .name = known.name,
                  .cluster_ips = scope.services.at(known.address),
                  .routes = known.routes};
  for (const std::uint16_t port : known.ports) {
    service.ports.push_back({.number = port, .target = port});
  }
  return service;
}

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(const RegistryScope& scope,
                                              const std::vector<Lease>& leases,
                                              const std::vector<KnownService>& services) {
  std::map<Name, Workload> workloads;
  std::map<Name, std::set<std::string>> workloads_of;
  for (const Lease& lease : leases) {
    const Announcement& announced = lease.announced;
    add_lease(scope, lease, workloads[{announced.ns, announced.workload}]);
    workloads_of[{announced.ns, announced.service}].insert(announced.workload);
  }
  std::vector<Workload> all;
  all.reserve(workloads.size());
  for (auto& [name, workload] : workloads) all.push_back(std::move(workload));
  std::vector<Service> made;
  for (const KnownService& known : services) {
    Service& service = made.emplace_back(make_service(scope, known));
    const auto& names = workloads_of[{known.ns, known.name}];
    service.workloads.assign(names.begin(), names.end());
  }
  auto snapshot = Snapshot::create(std::move(all), std::move(made));
  SEINE_CHECK(snapshot.has_value(), "names and addresses of the registry are distinct");
  return *std::move(snapshot);
}

}  // namespace seine::control
