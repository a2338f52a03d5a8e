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

// As Linkerd's controller makes them: the default route, which has the server's authorizations
// alone, and beside it one of the exact paths.
model::ServerHttp make_http(std::span<const std::string> probes) {
  model::ServerHttp http;
  if (probes.empty()) return http;  // the proxy makes the default route by itself
  model::ServerHttpRoute& all = http.routes.emplace_back();
  all.meta = model::Metadata::make_default("default");
  all.rules.emplace_back().matches.push_back(
      {.path = model::PathMatch{.kind = model::PathMatch::Prefix{"/"}}});
  model::ServerHttpRoute& probe = http.routes.emplace_back();
  probe.meta = model::Metadata::make_default("probe");
  model::Authorization& anyone = probe.authorizations.emplace_back(probe.meta);
  anyone.networks = {everywhere("0.0.0.0/0"), everywhere("::/0")};
  for (const std::string& path : probes) {
    probe.rules.emplace_back().matches.push_back(
        {.path = model::PathMatch{.kind = model::PathMatch::Exact{path}}, .method = "GET"});
  }
  return http;
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
  const WorkloadPort* declared = ref.workload->port(port);
  if (declared == nullptr) return policy;
  model::ServerHttp http = make_http(declared->probes);
  switch (declared->protocol) {
    case PortProtocol::kDetect:
      policy.protocol = model::ServerDetect{.timeout = kDetectTimeout, .http = std::move(http)};
      break;
    case PortProtocol::kOpaque: break;
    case PortProtocol::kHttp1: policy.protocol = model::ServerHttp1{std::move(http)}; break;
    case PortProtocol::kHttp2: policy.protocol = model::ServerHttp2{std::move(http)}; break;
    case PortProtocol::kGrpc: policy.protocol = model::ServerGrpc{}; break;
    case PortProtocol::kTls: policy.protocol = model::ServerTls{}; break;
  }
  return policy;
}

}  // namespace seine::control
