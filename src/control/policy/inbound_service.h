// SPDX-License-Identifier: Apache-2.0
// io.linkerd.proxy.inbound.InboundServerPolicies. Streams last until the caller goes or the process
// drains.
#pragma once

#include <memory>

#include "control/call_environment.h"
#include "control/rpc_service.h"
#include "model/server_policy.h"

namespace seine::control {

// One loop. All outlives it. `fallback`: see make_sent_default_policy.
std::unique_ptr<RpcService> make_inbound_policy_service(const CallEnvironment& env,
                                                        model::ServerPolicy fallback);

}  // namespace seine::control
