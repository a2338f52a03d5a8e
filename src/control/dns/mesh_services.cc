// SPDX-License-Identifier: Apache-2.0
#include "control/dns/mesh_services.h"

namespace seine::control {
namespace {

void add_ready_pods(const Workload& workload, dns::ZoneService& out) {
  for (const Pod& pod : workload.pods) {
    if (!pod.ready) continue;
    for (const IpAddress& ip : pod.ips) {
      if (ip.is_v4()) out.pods.push_back({.hostname = pod.name, .address = ip});
    }
  }
}

dns::ZoneService zone_service(const Snapshot& snapshot, const Service& service) {
  dns::ZoneService out{.name = service.name, .namespace_name = service.ns};
  for (const IpAddress& ip : service.cluster_ips) {
    if (ip.is_v4()) out.addresses.push_back(ip);
  }
  const bool is_headless = service.cluster_ips.empty();
  for (const ServicePort& port : service.ports) {
    out.ports.push_back({.name = port.name, .port = is_headless ? port.target : port.number});
  }
  // Without an IPv4 address the zone would take it for headless and give its pods' addresses.
  if (out.addresses.empty() && !is_headless) return out;
  for (const std::string& name : service.workloads) {
    const Workload* workload = snapshot.find_workload(service.ns, name);
    if (workload != nullptr) add_ready_pods(*workload, out);
  }
  return out;
}

}  // namespace

std::vector<dns::ZoneService> mesh_services(const Snapshot& snapshot) {
  std::vector<dns::ZoneService> out;
  out.reserve(snapshot.services().size());
  for (const Service& service : snapshot.services()) {
    out.push_back(zone_service(snapshot, service));
  }
  return out;
}

}  // namespace seine::control
