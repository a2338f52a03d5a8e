// SPDX-License-Identifier: Apache-2.0
// The mesh's own pages, for who runs it without Dive, and for when Dive is away: browsers sign in
// by a link that the owner's programs get over pages.sock. One loop.
//
//   browsers --> WebListener   --> WebService --> Router --> MeshApi --> the registry, the window
//   programs --> OwnerListener -------------------^  and LinkApi
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "control/options.h"
#include "control/registry/lease_registry.h"
#include "control/telemetry/telemetry_window.h"
#include "metrics/registry.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace seine::control {

class MeshPages {
 public:
  struct Parts {
    runtime::EventLoop& loop;
    const Log& log;
    metrics::Registry& registry;
    const LeaseRegistry& leases;
    const TelemetryWindow& window;
    runtime::Drain& drain;
    std::string version;
  };
  // All of them outlive it. Errors name the flag: kInvalidConfig for the folder, and those of
  // Listener::tcp().
  static Result<std::unique_ptr<MeshPages>> open(Parts parts, const PagesOptions& options);
  MeshPages(const MeshPages&) = delete;
  MeshPages& operator=(const MeshPages&) = delete;
  ~MeshPages();

  const SocketAddr& addr() const;
  // Accepts no more. Those that are open end with the drain.
  void close();
  // Completes when no connection is left, after close() and the drain.
  runtime::Task<void> finished();

 private:
  struct Served;
  explicit MeshPages(std::unique_ptr<Served> served);
  std::unique_ptr<Served> served_;
};

}  // namespace seine::control
