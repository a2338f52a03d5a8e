// SPDX-License-Identifier: Apache-2.0
// seine.telemetry.v1: reports from proxies and of those who deliver for dead ones, and the window
// for those who read it.
#pragma once

#include <memory>

#include "control/call_environment.h"
#include "control/rpc_service.h"
#include "control/telemetry/telemetry_window.h"

namespace seine::control {

// Telemetry.Report for proxies: a report must be of the caller's own pod. On a plain connection,
// which only loopback has, the caller's word is taken for a pod that runs. One loop; the window
// outlives it, and so does what the environment refers to.
std::unique_ptr<RpcService> make_telemetry_service(const CallEnvironment& env,
                                                   TelemetryWindow& window);

// Telemetry.Report for whoever keeps the pods' leases, whose word is taken, and Window.Read.
// Likewise.
std::unique_ptr<RpcService> make_window_service(const CallEnvironment& env,
                                                TelemetryWindow& window);

}  // namespace seine::control
