// SPDX-License-Identifier: Apache-2.0
#include "control/destination/endpoints.h"

#include <chrono>
#include <string>
#include <utility>

#include "model/authority.h"

namespace seine::control {
namespace {

// As today's controller asks of proxies that speak HTTP/2 to each other.
model::Http2Params keep_alive() {
  model::Http2Params params;
  params.keep_alive_interval = std::chrono::seconds(10);
  params.keep_alive_timeout = std::chrono::seconds(3);
  params.keep_alive_while_idle = true;
  return params;
}

model::Labels labels_of(const MeshNames& names, const PodRef& ref) {
  const Workload& workload = *ref.workload;
  model::Labels labels{{"control_plane_ns", names.control_ns},
                       {"namespace", workload.ns},
                       {workload.kind, workload.name},
                       {"pod", ref.pod->name},
                       {"serviceaccount", workload.service_account}};
  if (!workload.zone.empty()) labels["zone"] = workload.zone;
  const std::string& version = ref.pod->version.empty() ? workload.version : ref.pod->version;
  if (!version.empty()) labels["version"] = version;
  return labels;
}

EndpointSet of_service(const MeshNames& names, const Snapshot& snapshot,
                       const ServiceTarget& target) {
  EndpointSet set;
  const Service* service = snapshot.find_service(target.service.ns, target.service.name);
  if (service == nullptr) return set;
  set.exists = true;
  const ServicePort* port = service->port(target.port);
  if (port == nullptr) return set;
  for (const std::string& name : service->workloads) {
    const Workload* workload = snapshot.find_workload(service->ns, name);
    for (const Pod& pod : workload->pods) {
      // One address a pod: two would count it twice. The first listed is the one preferred.
      if (!pod.serves(port->target) || pod.ips.empty()) continue;
      const SocketAddr addr{pod.ips.front(), port->target};
      model::Endpoint endpoint = make_endpoint(names, snapshot, {workload, &pod}, addr);
      endpoint.labels["service"] = service->name;
      set.endpoints.emplace(addr, std::move(endpoint));
    }
  }
  return set;
}

EndpointSet of_address(const MeshNames& names, const Snapshot& snapshot, const SocketAddr& addr) {
  if (const Service* service = snapshot.find_service(addr.ip)) {
    return of_service(names, snapshot, {{service->ns, service->name}, addr.port});
  }
  EndpointSet set;
  const PodRef ref = snapshot.find_pod(addr.ip);
  if (ref.pod == nullptr) return set;
  set.exists = true;
  set.endpoints.emplace(addr, make_endpoint(names, snapshot, ref, addr));
  return set;
}

}  // namespace

Result<Target> parse_target(const MeshNames& names, std::string_view path) {
  const auto authority = model::Authority::parse(path);
  if (!authority) return fail(authority.error());
  const std::uint16_t port = authority->port_or(80);
  if (const auto ip = authority->ip()) return SocketAddr{ip->unmapped(), port};
  auto service = parse_service_name(names, authority->host);
  if (!service) {
    return fail(
        ErrorCode::kInvalidArgument,
        authority->host + " is not a service: expected NAME.NAMESPACE.svc." + names.cluster_domain);
  }
  return ServiceTarget{std::move(*service), port};
}

EndpointSet find_endpoints(const MeshNames& names, const Snapshot& snapshot, const Target& target) {
  if (const auto* service = std::get_if<ServiceTarget>(&target)) {
    return of_service(names, snapshot, *service);
  }
  return of_address(names, snapshot, std::get<SocketAddr>(target));
}

model::Endpoint make_endpoint(const MeshNames& names, const Snapshot& snapshot, const PodRef& ref,
                              const SocketAddr& addr) {
  model::Endpoint endpoint{.addr = addr, .labels = labels_of(names, ref)};
  endpoint.labels["port"] = std::to_string(addr.port);
  const Workload& workload = *ref.workload;
  const bool opaque = snapshot.is_opaque(workload, addr.port);
  if (opaque) endpoint.hint = model::ProtocolHint::kOpaque;
  const WorkloadPort* port = workload.port(addr.port);
  if (!workload.meshed || (port != nullptr && port->skipped)) return endpoint;
  auto identity = names.identity(workload.ns, workload.service_account);
  // A name too long for a certificate has none, so nobody can speak TLS to it.
  if (!identity) return endpoint;
  std::string server_name = identity->text();
  endpoint.tls = model::TlsIdentity{*std::move(identity), std::move(server_name)};
  if (opaque) {
    endpoint.opaque_transport_port = kProxyInboundPort;
  } else {
    endpoint.hint = model::ProtocolHint::kH2;
    endpoint.http2 = keep_alive();
  }
  return endpoint;
}

std::vector<model::EndpointUpdate> diff(const EndpointSet* before, const EndpointSet& after) {
  if (after.endpoints.empty()) {
    const bool known =
        before != nullptr && before->endpoints.empty() && before->exists == after.exists;
    if (known) return {};
    return {model::NoEndpoints{.exists = after.exists}};
  }
  model::EndpointsAdded added;
  model::EndpointsRemoved removed;
  for (const auto& [addr, endpoint] : after.endpoints) {
    if (before != nullptr) {
      const auto known = before->endpoints.find(addr);
      if (known != before->endpoints.end() && known->second == endpoint) continue;
    }
    added.endpoints.push_back(endpoint);
  }
  if (before != nullptr) {
    for (const auto& [addr, endpoint] : before->endpoints) {
      if (!after.endpoints.contains(addr)) removed.addrs.push_back(addr);
    }
  }
  std::vector<model::EndpointUpdate> updates;
  // Additions first, so that a set which is replaced is never empty in between.
  if (!added.endpoints.empty()) updates.emplace_back(std::move(added));
  if (!removed.addrs.empty()) updates.emplace_back(std::move(removed));
  return updates;
}

}  // namespace seine::control
