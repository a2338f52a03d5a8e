// SPDX-License-Identifier: Apache-2.0
// Where the agents of clusters connect, over HTTP/2 without TLS: that is their and our proxies'
// part. Who calls is told by the bearer token of each call. Ends with its drain. One loop.
#pragma once

#include <cstddef>
#include <memory>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "dive/api/refusals.h"
#include "grpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/socket.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::dive {

class AgentListener {
 public:
  // A proxy may keep several connections to us for each agent.
  static constexpr std::size_t kMaxConnections = 1024;
  // Of calls that name no limit of their own.
  static constexpr std::size_t kMaxRequestBytes = 64 * 1024;

  // Everything it is given outlives it. Errors as Listener::tcp().
  static Result<std::unique_ptr<AgentListener>> open(runtime::EventLoop& loop, const Log& log,
                                                     const SocketAddr& addr,
                                                     const grpc::Methods& methods,
                                                     Refusals& refusals, runtime::Drain& drain);
  const SocketAddr& addr() const { return listener_->addr(); }
  std::size_t connections() const { return scope_.size() - (accepts_ ? 1 : 0); }

  // Accepts no more. Those that are open end with the drain.
  void close() { listener_->close(); }
  // Completes when no connection is left, after close().
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return scope_.join(); }

 private:
  AgentListener(runtime::EventLoop& loop, const Log& log, const grpc::Methods& methods,
                Refusals& refusals, runtime::Drain& drain,
                std::unique_ptr<runtime::Listener> listener);
  runtime::Task<void> accept();
  runtime::Task<void> serve(std::unique_ptr<runtime::Socket> socket);

  runtime::EventLoop& loop_;
  const Log& log_;
  const grpc::Methods& methods_;
  Refusals& refusals_;
  runtime::Drain& drain_;
  const std::unique_ptr<runtime::Listener> listener_;
  bool accepts_ = true;  // by a task of the scope's
  runtime::TaskScope scope_;
};

}  // namespace seine::dive
