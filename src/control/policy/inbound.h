// SPDX-License-Identifier: Apache-2.0
// InboundServerPolicies as a pure function over a snapshot.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "control/registry/snapshot.h"
#include "model/server_policy.h"

namespace seine::control {

// LINKERD2_PROXY_INBOUND_DEFAULT_POLICY's words, as the controller sends them: without the
// authorization of loopback, which every proxy adds by itself. Error kInvalidConfig.
Result<model::ServerPolicy> make_sent_default_policy(std::string_view name,
                                                     std::span<const IpNet> cluster_networks);

// The policy of any port of any workload, the proxy's own among them: the authorizations of the
// workload's own default policy or, where it has none, `fallback`'s, and those of whom the pod
// admits; the protocol the workload declares, with the routes of its probes and of its services.
// `ref` may be empty, for a workload nobody knows: `fallback`.
model::ServerPolicy find_inbound_policy(const Snapshot& snapshot,
                                        const model::ServerPolicy& fallback, const PodRef& ref,
                                        std::uint16_t port);

}  // namespace seine::control
