// SPDX-License-Identifier: Apache-2.0
// GET /live, /ready and /metrics over HTTP/1, for a program with one loop. Changes nothing. Idle
// connections are never closed: a probe's period may be as long as it likes.
#pragma once

#include <memory>

#include "base/net.h"
#include "base/result.h"
#include "http/message.h"
#include "metrics/registry.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/socket.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::http {

// One loop. Everything it is given outlives it.
class AdminListener final : private Service {
 public:
  static constexpr std::size_t kMaxConnections = 256;

  // Errors as Listener::tcp().
  static Result<std::unique_ptr<AdminListener>> open(runtime::EventLoop& loop,
                                                     const SocketAddr& addr,
                                                     metrics::Registry& registry,
                                                     runtime::Drain& drain);
  // /ready answers 200 while it is, until the process drains.
  void set_ready(bool is_ready = true) { ready_ = is_ready; }
  const SocketAddr& addr() const { return listener_->addr(); }

 private:
  AdminListener(runtime::EventLoop& loop, metrics::Registry& registry, runtime::Drain& drain,
                std::unique_ptr<runtime::Listener> listener);
  runtime::Task<Result<Response>> call(Request request) override;
  runtime::Task<void> accept();
  runtime::Task<void> serve(std::unique_ptr<runtime::Socket> socket);

  runtime::EventLoop& loop_;
  metrics::Registry& registry_;
  runtime::Drain& drain_;
  const std::unique_ptr<runtime::Listener> listener_;
  bool ready_ = false;
  runtime::TaskScope scope_;
};

}  // namespace seine::http
