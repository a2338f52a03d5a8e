// SPDX-License-Identifier: Apache-2.0
#include "control/policy/outbound.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace seine::control {
namespace {

constexpr std::chrono::seconds kDetectTimeout{10};

model::ClientPolicy with_protocol(const model::Metadata& meta, const model::Backend& backend,
                                  bool opaque) {
  model::ClientPolicy policy = model::make_detect_policy(meta, backend, kDetectTimeout);
  if (opaque) policy.protocol = std::get<model::ClientDetect>(policy.protocol).opaque;
  return policy;
}

// Before the default route, which is all there is until now and has the same backend. Parents are
// as before: routes name requests, and send them nowhere else.
void add_routes(const Service& service, model::ClientPolicy& policy) {
  auto* detect = std::get_if<model::ClientDetect>(&policy.protocol);
  if (detect == nullptr || service.routes.empty()) return;
  std::vector<model::ClientHttpRoute> routes;
  for (const model::DeclaredRoute& declared : service.routes) {
    model::ClientHttpRoute& route = routes.emplace_back(detect->http1.routes.front());
    route.meta = model::route_metadata(declared, service.ns);
    route.rules.front().matches = {model::http_match(declared)};
  }
  for (auto* http : {static_cast<model::ClientHttp*>(&detect->http1),
                     static_cast<model::ClientHttp*>(&detect->http2)}) {
    http->routes.insert(http->routes.begin(), routes.begin(), routes.end());
  }
}

std::optional<model::ClientPolicy> of_service(const MeshNames& names, const Snapshot& snapshot,
                                              const Service* service, std::uint16_t number) {
  const ServicePort* port = service == nullptr ? nullptr : service->port(number);
  if (port == nullptr) return std::nullopt;
  model::Metadata meta = model::Metadata::make_resource("", "Service", service->ns, service->name);
  meta.port = number;
  const std::string path = names.service(service->ns, service->name) + ":" + std::to_string(number);
  const model::Backend backend{.meta = meta, .kind = model::Backend::Balancer{.path = path}};
  auto policy = with_protocol(meta, backend, snapshot.is_opaque(*service, *port));
  add_routes(*service, policy);
  return policy;
}

}  // namespace

std::optional<model::ClientPolicy> find_outbound_policy(const MeshNames& names,
                                                        const Snapshot& snapshot,
                                                        const Target& target) {
  if (const auto* named = std::get_if<ServiceTarget>(&target)) {
    return of_service(names, snapshot,
                      snapshot.find_service(named->service.ns, named->service.name), named->port);
  }
  const SocketAddr& addr = std::get<SocketAddr>(target);
  if (const Service* service = snapshot.find_service(addr.ip)) {
    return of_service(names, snapshot, service, addr.port);
  }
  const PodRef ref = snapshot.find_pod(addr.ip);
  if (ref.pod == nullptr) return std::nullopt;
  model::Metadata meta = model::Metadata::make_resource("", "Pod", ref.workload->ns, ref.pod->name);
  meta.port = addr.port;
  const model::Backend backend{
      .meta = meta, .kind = model::Backend::Forward{make_endpoint(names, snapshot, ref, addr)}};
  return with_protocol(meta, backend, snapshot.is_opaque(*ref.workload, addr.port));
}

}  // namespace seine::control
