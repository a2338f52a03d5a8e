// SPDX-License-Identifier: Apache-2.0
#include "control/policy/inbound.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/check.h"

namespace seine::control {
namespace {

constexpr std::chrono::seconds kDetectTimeout{10};

model::NetworkMatch everywhere(std::string_view net) {
  return {.net = IpNet::parse(net).value()};
}

void add_admissions(const Pod& pod, std::uint16_t port,
                    std::vector<model::Authorization>& authorizations) {
  for (const Admission& admission : pod.admissions) {
    if (admission.port != port) continue;
    model::Authorization& added =
        authorizations.emplace_back(model::Metadata::make_default(admission.name));
    for (const IpNet& net : admission.from) added.networks.push_back({.net = net});
  }
}

using Routes = std::vector<model::DeclaredRoute>;

// The one route that has authorizations of its own beside the server's.
model::ServerHttpRoute make_probe_route(std::span<const std::string> probes) {
  model::ServerHttpRoute probe;
  probe.meta = model::Metadata::make_default("probe");
  model::Authorization& anyone = probe.authorizations.emplace_back(probe.meta);
  anyone.networks = {everywhere("0.0.0.0/0"), everywhere("::/0")};
  for (const std::string& path : probes) {
    probe.rules.emplace_back().matches.push_back(
        {.path = model::PathMatch{.kind = model::PathMatch::Exact{path}}, .method = "GET"});
  }
  return probe;
}

// What is left: every request, and not only those with a path, of which OPTIONS * has none.
template <class RouteType>
void add_default_route(std::vector<RouteType>& routes) {
  if (routes.empty()) return;  // the proxy makes it by itself
  RouteType& all = routes.emplace_back();
  all.meta = model::Metadata::make_default("default");
  all.rules.emplace_back();
}

// Probes come first: whoever declares a route for one changes nothing of who may ask.
model::ServerHttp make_http(const std::string& ns, std::span<const std::string> probes,
                            const Routes& routes) {
  model::ServerHttp http;
  if (!probes.empty()) http.routes.push_back(make_probe_route(probes));
  for (const model::DeclaredRoute& declared : routes) {
    model::ServerHttpRoute& route = http.routes.emplace_back();
    route.meta = model::route_metadata(declared, ns);
    route.rules.emplace_back().matches = {model::http_match(declared)};
  }
  add_default_route(http.routes);
  return http;
}

model::ServerGrpc make_grpc(const std::string& ns, const Routes& routes) {
  model::ServerGrpc grpc;
  for (const model::DeclaredRoute& declared : routes) {
    const auto match = model::grpc_match(declared);
    if (!match) continue;
    model::ServerGrpcRoute& route = grpc.routes.emplace_back();
    route.meta = model::route_metadata(declared, ns);
    route.rules.emplace_back().matches = {*match};
  }
  add_default_route(grpc.routes);
  return grpc;
}

}  // namespace

Result<model::ServerPolicy> make_sent_default_policy(std::string_view name,
                                                     std::span<const IpNet> cluster_networks) {
  auto policy = model::make_default_server_policy(name, cluster_networks, kDetectTimeout);
  if (!policy) return policy;
  const model::Authorization loopback = model::loopback_authorization();
  std::erase(policy->authorizations, loopback);
  // No routes: the proxy makes the default one of the server's authorizations.
  policy->protocol = model::ServerDetect{.timeout = kDetectTimeout};
  return policy;
}

model::ServerPolicy find_inbound_policy(const Snapshot& snapshot,
                                        const model::ServerPolicy& fallback, const PodRef& ref,
                                        std::uint16_t port) {
  if (ref.pod == nullptr) return fallback;
  const std::string& own = ref.workload->inbound_policy;
  model::ServerPolicy policy = fallback;
  if (!own.empty()) {
    auto named = make_sent_default_policy(own, {});
    SEINE_CHECK(named.has_value(), "a snapshot names only policies that there are");
    policy = *std::move(named);
  }
  policy.server_ips = ref.pod->ips;
  add_admissions(*ref.pod, port, policy.authorizations);
  if (snapshot.is_opaque(*ref.workload, port)) {
    policy.protocol = model::ServerOpaque{};
    return policy;
  }
  const std::string& ns = ref.workload->ns;
  const Routes& routes = snapshot.routes(*ref.workload, port);
  const WorkloadPort* known = ref.workload->port(port);
  if (known == nullptr && routes.empty()) return policy;
  const WorkloadPort declared = known == nullptr ? WorkloadPort{.number = port} : *known;
  model::ServerHttp http = make_http(ns, declared.probes, routes);
  switch (declared.protocol) {
    case PortProtocol::kDetect:
      policy.protocol = model::ServerDetect{.timeout = kDetectTimeout, .http = std::move(http)};
      break;
    case PortProtocol::kOpaque: break;
    case PortProtocol::kHttp1: policy.protocol = model::ServerHttp1{std::move(http)}; break;
    case PortProtocol::kHttp2: policy.protocol = model::ServerHttp2{std::move(http)}; break;
    case PortProtocol::kGrpc: policy.protocol = make_grpc(ns, routes); break;
    case PortProtocol::kTls: policy.protocol = model::ServerTls{}; break;
  }
  return policy;
}

}  // namespace seine::control
