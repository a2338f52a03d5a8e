// SPDX-License-Identifier: Apache-2.0
// io.linkerd.proxy.identity.Identity.
#pragma once

#include <memory>

#include "base/log.h"
#include "control/call_environment.h"
#include "control/identity/certifier.h"
#include "control/rpc_service.h"

namespace seine::control {

// One loop. All outlives it.
std::unique_ptr<RpcService> make_identity_service(const CallEnvironment& env, Certifier& certifier,
                                                  const Log& log);

}  // namespace seine::control
