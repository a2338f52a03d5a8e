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
  if (snapshot.is_opaque(*ref.workload, port)) {
    policy.protocol = model::ServerOpaque{};
    return policy;
  }
  const WorkloadPort* declared = ref.workload->port(port);
  switch (declared == nullptr ? PortProtocol::kDetect : declared->protocol) {
    case PortProtocol::kDetect:
    case PortProtocol::kOpaque: break;
    case PortProtocol::kHttp1: policy.protocol = model::ServerHttp1{}; break;
    case PortProtocol::kHttp2: policy.protocol = model::ServerHttp2{}; break;
    case PortProtocol::kGrpc: policy.protocol = model::ServerGrpc{}; break;
    case PortProtocol::kTls: policy.protocol = model::ServerTls{}; break;
  }
  return policy;
}

}  // namespace seine::control
