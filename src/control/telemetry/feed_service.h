// SPDX-License-Identifier: Apache-2.0
// seine.telemetry.v1's Feed: one reader, who gets each report once and says what it has for good.
#pragma once

#include <memory>

#include "control/call_environment.h"
#include "control/rpc_service.h"
#include "control/telemetry/feed_spool.h"
#include "control/telemetry/telemetry_window.h"

namespace seine::control {

// One loop. The window and its spool outlive it, and so does what the environment refers to.
std::unique_ptr<RpcService> make_feed_service(const CallEnvironment& env, TelemetryWindow& window,
                                              FeedSpool& spool);

}  // namespace seine::control
