// SPDX-License-Identifier: Apache-2.0
#include "control/registry/snapshot.h"

#include <algorithm>

namespace seine::control {
namespace {

std::string full_name(std::string_view ns, std::string_view name) {
  return std::string(ns) + "/" + std::string(name);
}

std::unexpected<Error> twice(std::string_view what, std::string_view name) {
  return fail(ErrorCode::kInvalidConfig,
              std::string(what) + " " + std::string(name) + " stands twice");
}

template <class Map>
typename Map::mapped_type find_or_default(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? typename Map::mapped_type{} : found->second;
}

}  // namespace

Result<PortProtocol> parse_port_protocol(std::string_view word) {
  static constexpr std::pair<std::string_view, PortProtocol> kWords[] = {
      {"detect", PortProtocol::kDetect}, {"http1", PortProtocol::kHttp1},
      {"http2", PortProtocol::kHttp2},   {"grpc", PortProtocol::kGrpc},
      {"opaque", PortProtocol::kOpaque}, {"tls", PortProtocol::kTls}};
  for (const auto& [name, protocol] : kWords) {
    if (word == name) return protocol;
  }
  return fail(
      ErrorCode::kInvalidConfig,
      "must be detect, http1, http2, grpc, opaque or tls, not \"" + std::string(word) + "\"");
}

bool Pod::serves(std::uint16_t port) const {
  return ready && (!listening || std::ranges::find(*listening, port) != listening->end());
}

const WorkloadPort* Workload::port(std::uint16_t number) const {
  const auto found = std::ranges::find(ports, number, &WorkloadPort::number);
  return found == ports.end() ? nullptr : &*found;
}

const ServicePort* Service::port(std::uint16_t number) const {
  const auto found = std::ranges::find(ports, number, &ServicePort::number);
  return found == ports.end() ? nullptr : &*found;
}

Result<std::shared_ptr<const Snapshot>> Snapshot::create(std::vector<Workload> workloads,
                                                         std::vector<Service> services) {
  std::shared_ptr<Snapshot> snapshot(new Snapshot(std::move(workloads), std::move(services)));
  auto indexed = snapshot->index_workloads();
  if (indexed) indexed = snapshot->index_services();
  if (!indexed) return fail(std::move(indexed.error()));
  return snapshot;
}

Result<void> Snapshot::index_workloads() {
  for (const Workload& workload : workloads_) {
    if (!workload_by_name_.try_emplace({workload.ns, workload.name}, &workload).second) {
      return twice("workload", full_name(workload.ns, workload.name));
    }
    for (const Pod& pod : workload.pods) {
      const PodRef ref{&workload, &pod};
      if (!pod_by_name_.try_emplace({workload.ns, pod.name}, ref).second) {
        return twice("pod", full_name(workload.ns, pod.name));
      }
      for (const IpAddress& ip : pod.ips) {
        if (!pod_by_ip_.try_emplace(ip, ref).second) return twice("address", ip.to_string());
      }
    }
  }
  return {};
}

Result<void> Snapshot::index_services() {
  for (const Service& service : services_) {
    const std::string name = full_name(service.ns, service.name);
    if (!service_by_name_.try_emplace({service.ns, service.name}, &service).second) {
      return twice("service", name);
    }
    for (const IpAddress& ip : service.cluster_ips) {
      if (pod_by_ip_.contains(ip) || !service_by_ip_.try_emplace(ip, &service).second) {
        return twice("address", ip.to_string());
      }
    }
    for (const std::string& workload_name : service.workloads) {
      const Workload* workload = find_workload(service.ns, workload_name);
      if (workload == nullptr) {
        return fail(ErrorCode::kInvalidConfig, "service " + name + " names workload " +
                                                   workload_name +
                                                   ", which its namespace does not have");
      }
      for (const ServicePort& port : service.ports) index_target(service, port, *workload);
    }
  }
  return {};
}

// Of two services that lead to one port, the first keeps a name that both have given.
void Snapshot::index_target(const Service& service, const ServicePort& port,
                            const Workload& workload) {
  const Target target(&workload, port.target);
  if (port.opaque) opaque_targets_.insert(target);
  if (service.routes.empty()) return;
  std::vector<model::DeclaredRoute>& routes = routes_to_[target];
  for (const model::DeclaredRoute& route : service.routes) {
    if (std::ranges::find(routes, route.name, &model::DeclaredRoute::name) == routes.end()) {
      routes.push_back(route);
    }
  }
  model::sort_by_precision(routes);
}

const Service* Snapshot::find_service(std::string_view ns, std::string_view name) const {
  return find_or_default(service_by_name_, FullName(ns, name));
}

const Service* Snapshot::find_service(const IpAddress& cluster_ip) const {
  return find_or_default(service_by_ip_, cluster_ip);
}

const Workload* Snapshot::find_workload(std::string_view ns, std::string_view name) const {
  return find_or_default(workload_by_name_, FullName(ns, name));
}

PodRef Snapshot::find_pod(const IpAddress& ip) const {
  return find_or_default(pod_by_ip_, ip);
}

PodRef Snapshot::find_pod(std::string_view ns, std::string_view name) const {
  return find_or_default(pod_by_name_, FullName(ns, name));
}

bool Snapshot::is_opaque(const Workload& workload, std::uint16_t port) const {
  if (opaque_targets_.contains({&workload, port})) return true;
  if (const WorkloadPort* declared = workload.port(port)) {
    return declared->protocol == PortProtocol::kOpaque;
  }
  return std::ranges::find(kDefaultOpaquePorts, port) != kDefaultOpaquePorts.end();
}

const std::vector<model::DeclaredRoute>& Snapshot::routes(const Workload& workload,
                                                          std::uint16_t port) const {
  const auto found = routes_to_.find({&workload, port});
  return found == routes_to_.end() ? no_routes_ : found->second;
}

bool Snapshot::is_opaque(const Service& service, const ServicePort& port) const {
  return port.opaque || std::ranges::any_of(service.workloads, [&](const std::string& name) {
           return is_opaque(*find_workload(service.ns, name), port.target);
         });
}

}  // namespace seine::control
