// SPDX-License-Identifier: Apache-2.0
// Keeps one server stream of the control plane going: after an end or an error it is opened again,
// with backoff; what was learnt stays with whoever follows. On the control loop.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/log.h"
#include "grpc/client.h"
#include "grpc/status.h"
#include "proxy/backoff.h"
#include "proxy/config.h"
#include "runtime/combine.h"
#include "runtime/task.h"

namespace seine::proxy {

struct FollowContext {
  runtime::EventLoop& loop;
  const Log& log;
  FastRandom& random;
  const Config& config;
};

// Statuses that end the following for good are those for which `terminal` says so; their Error is
// the result. A clean end, any other error, and the CONTROL_STREAM_* limits only mean "again".
using IsTerminal = bool (*)(grpc::StatusCode);

inline bool refuses_argument(grpc::StatusCode code) {
  return code == grpc::StatusCode::kInvalidArgument ||
         code == grpc::StatusCode::kFailedPrecondition;
}
inline bool refuses_or_lacks(grpc::StatusCode code) {
  return refuses_argument(code) || code == grpc::StatusCode::kNotFound ||
         code == grpc::StatusCode::kUnimplemented;
}

// The next message within the configured limits. A lifetime is cut short by up to a tenth at
// random, so that a fleet of proxies does not come back all at once.
class StreamClock {
 public:
  StreamClock(const FollowContext& context)
      : context_(context), ends_(context.loop.now() + Duration::max() / 4) {
    const Duration lifetime = context.config.stream_lifetime;
    if (lifetime <= Duration::zero()) return;
    const auto cut = static_cast<std::int64_t>(static_cast<double>(lifetime.count()) * 0.1 *
                                               context.random.ratio());
    ends_ = context.loop.now() + lifetime - Duration(cut);
  }
  // Zero: without limit.
  Duration limit(bool first) const {
    const Duration wait =
        first ? context_.config.stream_initial_timeout : context_.config.stream_idle_timeout;
    if (context_.config.stream_lifetime <= Duration::zero()) return wait;
    const Duration left = std::max<Duration>(ends_ - context_.loop.now(), Duration(1));
    return wait <= Duration::zero() ? left : std::min(wait, left);
  }

 private:
  const FollowContext& context_;
  TimePoint ends_;
};

// `request_for_each` makes the request anew; on_message sees each message, `first` being true for
// the first of a stream (a set begins anew).
template <class Message, class Request>
runtime::Task<Error> follow_stream(const FollowContext& context, const grpc::Channel& channel,
                                   std::string path, Request request, IsTerminal terminal,
                                   std::function<void(const Message&, bool first)> on_message) {
  BackoffConfig config = context.config.inbound.connect_backoff;
  Backoff backoff(config);
  bool warned = false;
  for (;;) {
    grpc::MessageStream<Message> stream = channel.stream<Message>(path, request);
    const StreamClock clock(context);
    Result<std::optional<Message>> message = std::optional<Message>();
    for (bool first = true;; first = false) {
      const Duration limit = clock.limit(first);
      if (limit > Duration::zero()) {
        message = co_await runtime::with_deadline(context.loop, limit, ErrorCode::kTimeout,
                                                  "control stream", stream.next());
      } else {
        message = co_await stream.next();
      }
      if (!message || !*message) break;
      backoff.reset();
      warned = false;
      on_message(**message, first);
    }
    if (!message && terminal(grpc::status_code(message.error()))) {
      co_return std::move(message.error());
    }
    if (!message && message.error().code != ErrorCode::kTimeout && !warned) {
      // kFailfast means "no connection", of which the channel has told already.
      if (message.error().code != ErrorCode::kFailfast) {
        log_info(context.log, "a control stream ended; opening it again",
                 {{"stream", path}, {"error", message.error().to_string()}});
      }
      warned = true;
    }
    co_await runtime::sleep_for(context.loop, backoff.next(context.random));
  }
}

}  // namespace seine::proxy
