// SPDX-License-Identifier: Apache-2.0
// io.linkerd.proxy.tap.Tap on the control loop: admits one watcher by name, puts its taps on all
// workers, writes what they post.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "grpc/server.h"
#include "metrics/registry.h"
#include "proxy/tap/tap.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"

namespace seine::proxy {

// Called on the control loop; carried out on each worker's.
struct TapWorkers {
  std::function<void(const std::shared_ptr<Tap>&)> add;
  std::function<void(const std::shared_ptr<Tap>&)> remove;
};

struct TapServiceContext {
  runtime::EventLoop& loop;
  const Log& log;
  metrics::Registry& registry;  // counts in its last cell
  TapBox& box;                  // nobody else receives from it
  std::string watcher;          // the identity that may watch
};

// Lives on the control loop. Metrics: seine_tap_streams, seine_tap_events,
// seine_tap_dropped_events.
class TapService {
 public:
  // What is borrowed outlives it.
  TapService(const TapServiceContext& context, TapWorkers workers);
  ~TapService();
  TapService(const TapService&) = delete;
  TapService& operator=(const TapService&) = delete;

  // Adds Observe. A stream ends with OK once all the requests it was to show have ended.
  //   UNAUTHENTICATED     the caller is not the watcher
  //   INVALID_ARGUMENT    a limit of zero, or a match that cannot be
  //   RESOURCE_EXHAUSTED  kMaxTaps are open
  //   UNAVAILABLE         end() was called: the process drains
  void serve(grpc::Methods& methods);
  // Streams write what they have and end.
  void end();

 private:
  class Core;
  const std::unique_ptr<Core> core_;
};

}  // namespace seine::proxy
