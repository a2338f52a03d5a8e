// SPDX-License-Identifier: Apache-2.0
// The API for programs of this machine, over a unix socket: the kernel says who calls, so nobody
// has to sign in. Mode 0600, and whoever connects is asked of the kernel, should the mode have been
// changed: the owner and root are let in. One loop.
//
// There is no Guard: no browser reaches a unix socket.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/socket.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"
#include "web/api_caller.h"
#include "web/router.h"
#include "web/web_metrics.h"

namespace seine::web {

class OwnerListener {
 public:
  static constexpr std::size_t kMaxConnections = 64;
  // A line of the log for who is not let in; all are counted.
  static constexpr Duration kTellEvery = std::chrono::minutes(1);

  struct Parts {
    runtime::EventLoop& loop;
    const Log& log;
    Router& router;
    runtime::Drain& drain;
    WebMetrics& metrics;
  };
  // All of them outlive it. Errors as Listener::unix_socket().
  static Result<std::unique_ptr<OwnerListener>> open(Parts parts, const std::string& path,
                                                     uid_t owner);

  // Accepts no more. Those that are open end with the drain.
  void close() { listener_->close(); }
  // Completes when no connection is left, after close() and the drain.
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return scope_.join(); }

 private:
  OwnerListener(Parts parts, uid_t owner, std::unique_ptr<runtime::Listener> listener);
  runtime::Task<void> accept();
  runtime::Task<void> serve(std::unique_ptr<runtime::Socket> socket, std::string user);
  // The name of the user; nothing for who is not let in.
  std::optional<std::string> admit(const runtime::Socket& socket);

  const Parts parts_;
  const uid_t owner_;
  TimePoint told_until_{};
  ApiCaller caller_;
  const std::unique_ptr<runtime::Listener> listener_;
  runtime::TaskScope scope_;
};

}  // namespace seine::web
