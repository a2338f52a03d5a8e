// SPDX-License-Identifier: Apache-2.0
// io.linkerd.proxy.destination.Destination. Streams last until the caller goes or the process
// drains.
#pragma once

#include <memory>

#include "control/call_environment.h"
#include "control/destination/deliveries.h"
#include "control/rpc_service.h"

namespace seine::control {

// One loop. All outlives it. `deliveries` is told what each caller of Get may know of services.
std::unique_ptr<RpcService> make_destination_service(const CallEnvironment& env,
                                                     Deliveries& deliveries);

}  // namespace seine::control
