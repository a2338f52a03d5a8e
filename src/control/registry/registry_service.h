// SPDX-License-Identifier: Apache-2.0
// seine.registry.v1.Registry. Whoever may connect (owner_socket.h) may call everything.
#pragma once

#include <memory>
#include <string>

#include "control/controller_metrics.h"
#include "control/destination/deliveries.h"
#include "control/identity/authority.h"
#include "control/mesh_names.h"
#include "control/registry/lease_registry.h"
#include "control/registry/mesh_description.h"
#include "control/rpc_service.h"
#include "runtime/event_loop.h"

namespace seine::control {

// One loop. All that it is given outlives it. `mesh`: what every pod is told; `version`: the
// controller's.
std::unique_ptr<RpcService> make_registry_service(runtime::EventLoop& loop, const MeshNames& names,
                                                  ControllerMetrics& metrics,
                                                  LeaseRegistry& registry, Deliveries& deliveries,
                                                  const Authority& authority,
                                                  const MeshDescription& mesh, std::string version);

}  // namespace seine::control
