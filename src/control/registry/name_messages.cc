// SPDX-License-Identifier: Apache-2.0
#include "control/registry/name_messages.h"

#include <map>
#include <string>

namespace seine::control {

namespace wire = seine::registry::v1;

namespace {

void add_ready_pods(const Workload& workload, wire::NamedService& out) {
  for (const Pod& pod : workload.pods) {
    if (!pod.ready) continue;
    for (const IpAddress& ip : pod.ips) {
      if (!ip.is_v4()) continue;
      wire::NamedPod& named = *out.add_pods();
      named.set_name(pod.name);
      named.set_ip(ip.to_string());
    }
  }
}

void encode_service(const Snapshot& snapshot, const Service& service, wire::NamedService& out) {
  out.set_namespace_(service.ns);
  out.set_name(service.name);
  for (const IpAddress& ip : service.cluster_ips) {
    if (ip.is_v4()) out.add_ips(ip.to_string());
  }
  const bool is_headless = service.cluster_ips.empty();
  for (const ServicePort& port : service.ports) {
    wire::NamedPort& named = *out.add_ports();
    named.set_name(port.name);
    named.set_number(is_headless ? port.target : port.number);
  }
  // Without an IPv4 address it would pass for headless, and its pods' addresses for its own.
  if (out.ips().empty() && !is_headless) return;
  for (const std::string& name : service.workloads) {
    const Workload* workload = snapshot.find_workload(service.ns, name);
    if (workload != nullptr) add_ready_pods(*workload, out);
  }
}

void encode_namespaces(const Snapshot& snapshot, wire::MeshNames& out) {
  std::map<std::string, wire::NamedNamespace*> by_name;
  for (const Workload& workload : snapshot.workloads()) {
    for (const Pod& pod : workload.pods) {
      for (const IpAddress& ip : pod.ips) {
        if (!ip.is_v4()) continue;
        wire::NamedNamespace*& ns = by_name[workload.ns];
        if (ns == nullptr) {
          ns = out.add_namespaces();
          ns->set_name(workload.ns);
        }
        ns->add_pod_ips(ip.to_string());
      }
    }
  }
}

}  // namespace

void encode_names(const std::string& cluster_domain, const Snapshot& snapshot,
                  wire::MeshNames& out) {
  out.set_cluster_domain(cluster_domain);
  for (const Service& service : snapshot.services()) {
    encode_service(snapshot, service, *out.add_services());
  }
  encode_namespaces(snapshot, out);
}

}  // namespace seine::control
