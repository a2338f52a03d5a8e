// SPDX-License-Identifier: Apache-2.0
// What the handlers of all services share, and how a stream waits for something to say.
#pragma once

#include <string_view>

#include "base/result.h"
#include "control/caller.h"
#include "control/controller_metrics.h"
#include "control/mesh_names.h"
#include "control/rate_limiter.h"
#include "control/registry/workload_source.h"
#include "grpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"

namespace seine::control {

// One loop; everything outlives the calls.
struct CallEnvironment {
  runtime::EventLoop& loop;
  const MeshNames& names;
  WorkloadSource& source;
  runtime::Drain& drain;
  ControllerMetrics& metrics;
  RateLimiter& limiter;  // of the service
};

// Takes one of the caller's tokens. Error kRateLimited.
Result<void> limit_rate(const CallEnvironment& env, const grpc::Context& call);

// The rate limit, then whether the caller may speak for the workload it names. On a plain
// connection, which only loopback has, nothing is known of the caller and its word is taken.
// Errors: kRateLimited, kInvalidArgument, kLimit, kUnauthorized.
Result<CallerContext> admit(const CallEnvironment& env, const grpc::Context& call,
                            std::string_view workload);

// A stream's wait for the next change of the source. Watching starts with the object, so what
// changes while a message is written is not missed.
class SourceWatch {
 public:
  explicit SourceWatch(const CallEnvironment& env) : env_(env), waker_(env.loop) {
    env_.source.changes().arm(change_, waker_);
    env_.drain.arm(drain_, waker_);
  }
  // True once the source may have changed since the last call; false when the process drains, and
  // the stream has to end.
  runtime::Task<bool> changed();

 private:
  const CallEnvironment& env_;
  runtime::Waker waker_;
  ChangeNotifier::Watch change_;
  runtime::Signal::Watch drain_;
};

}  // namespace seine::control
