// SPDX-License-Identifier: Apache-2.0
// The connections of browsers, over HTTP/1. Ends with its drain: idle ones at once, busy ones after
// their answer. One loop.
#pragma once

#include <cstddef>
#include <memory>

#include "base/net.h"
#include "base/result.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/socket.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"
#include "web/web_metrics.h"

namespace seine::web {

inline constexpr Duration kHeaderTimeout = std::chrono::seconds(10);
inline constexpr Duration kIdleTimeout = std::chrono::seconds(75);

class WebListener {
 public:
  static constexpr std::size_t kMaxConnections = 256;

  // Everything it is given outlives it. Errors as Listener::tcp().
  static Result<std::unique_ptr<WebListener>> open(runtime::EventLoop& loop, const SocketAddr& addr,
                                                   http::Service& service, runtime::Drain& drain,
                                                   WebMetrics& metrics);
  const SocketAddr& addr() const { return listener_->addr(); }

  // Accepts no more. Those that are open end with the drain.
  void close() { listener_->close(); }
  // Completes when no connection is left, after close() and the drain.
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return scope_.join(); }

 private:
  WebListener(runtime::EventLoop& loop, http::Service& service, runtime::Drain& drain,
              WebMetrics& metrics, std::unique_ptr<runtime::Listener> listener);
  runtime::Task<void> accept();
  runtime::Task<void> serve(std::unique_ptr<runtime::Socket> socket);

  runtime::EventLoop& loop_;
  http::Service& service_;
  runtime::Drain& drain_;
  WebMetrics& metrics_;
  const std::unique_ptr<runtime::Listener> listener_;
  runtime::TaskScope scope_;
};

}  // namespace seine::web
