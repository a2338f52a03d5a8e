// SPDX-License-Identifier: Apache-2.0
// OutboundPolicies as a pure function over a snapshot.
#pragma once

#include <optional>

#include "control/destination/endpoints.h"
#include "control/mesh_names.h"
#include "control/registry/snapshot.h"
#include "model/client_policy.h"

namespace seine::control {

// A service's port: its protocol with the service's routes, and a default one for what none of them
// matches, to one balancer over its endpoints. A pod's address: a forward to it, without routes.
// Nothing for an address nobody knows; the API answers NotFound then, and the proxy makes a policy
// of its own.
std::optional<model::ClientPolicy> find_outbound_policy(const MeshNames& names,
                                                        const Snapshot& snapshot,
                                                        const Target& target);

}  // namespace seine::control
