// SPDX-License-Identifier: Apache-2.0
// /api/v1 of the mesh's own pages. It changes nothing. One loop.
#pragma once

#include <string>

#include "base/result.h"
#include "control/registry/lease_registry.h"
#include "control/telemetry/telemetry_window.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/router.h"

namespace seine::control {

class MeshApi {
 public:
  // All outlive it. `version` is the program's.
  MeshApi(runtime::EventLoop& loop, const LeaseRegistry& leases, const TelemetryWindow& window,
          std::string version)
      : loop_(loop), leases_(leases), window_(window), version_(std::move(version)) {}
  void serve(web::Router& router);

 private:
  using Answer = runtime::Task<Result<web::Reply>>;
  Answer session(const web::Call& call);
  Answer mesh(const web::Call& call);

  runtime::EventLoop& loop_;
  const LeaseRegistry& leases_;
  const TelemetryWindow& window_;
  const std::string version_;
};

}  // namespace seine::control
