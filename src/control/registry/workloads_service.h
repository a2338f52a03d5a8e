// SPDX-License-Identifier: Apache-2.0
// seine.registry.v1's Workloads: what runs, for those who tell others.
#pragma once

#include <memory>

#include "control/call_environment.h"
#include "control/registry/lease_registry.h"
#include "control/rpc_service.h"
#include "seine/registry/v1/workloads.pb.h"

namespace seine::control {

// All that holds a lease, and the services; ordered, so that equal states are equal messages.
void encode_running(const std::string& cluster, const std::vector<Lease>& leases,
                    const Snapshot& snapshot, seine::registry::v1::RunningWorkloads& out);

// One loop; the registry outlives it, and so does what the environment refers to.
std::unique_ptr<RpcService> make_workloads_service(const CallEnvironment& env,
                                                   const LeaseRegistry& registry);

}  // namespace seine::control
