// SPDX-License-Identifier: Apache-2.0
// seine.registry.v1.Names: what DNS is to tell, for `seine up`, which tells it.
#pragma once

#include <chrono>
#include <memory>

#include "control/call_environment.h"
#include "control/rpc_service.h"

namespace seine::control {

// Between one look at what runs and the next, so that many changes at once cost one. Far below the
// time that a pod takes to join, since its program may at once look up another that has joined just
// before.
inline constexpr std::chrono::milliseconds kNamePause{20};

// One loop. What the environment refers to outlives it.
std::unique_ptr<RpcService> make_name_service(const CallEnvironment& env);

}  // namespace seine::control
