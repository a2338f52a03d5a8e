// SPDX-License-Identifier: Apache-2.0
// seine.tap.v1.Tap: asks the proxies of the pods somebody names, and passes on what they say,
// without secrets. Whoever may connect (owner_socket.h) may watch; who watched what is logged.
#pragma once

#include <cstddef>
#include <memory>

#include "base/log.h"
#include "control/controller_metrics.h"
#include "control/identity/own_certificate.h"
#include "control/mesh_names.h"
#include "control/registry/workload_source.h"
#include "control/rpc_service.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"

namespace seine::control {

// At once. More are refused.
inline constexpr std::size_t kMaxTapWatches = 16;

// One loop; outlives the service. Proxies are shown `certificate`.
struct TapServiceContext {
  runtime::EventLoop& loop;
  const Log& log;
  const MeshNames& names;
  WorkloadSource& source;
  runtime::Drain& drain;
  ControllerMetrics& metrics;
  const OwnCertificate& certificate;
};
std::unique_ptr<RpcService> make_tap_service(const TapServiceContext& context);

}  // namespace seine::control
