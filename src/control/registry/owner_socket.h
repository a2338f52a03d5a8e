// SPDX-License-Identifier: Apache-2.0
// A unix socket on which methods are served to the owner of the registry and to root: mode 0600,
// and whoever connects is asked of the kernel, should the mode have been changed. To handlers the
// caller's identity is "uid 1000".
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "control/controller_metrics.h"
#include "grpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/socket.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::control {

// One loop. Everything it is given outlives it. Destroying it drops its connections.
class OwnerSocket {
 public:
  static constexpr std::size_t kMaxConnections = 2048;
  // The longest is a Join with all the ports and probe paths there may be.
  static constexpr std::size_t kMaxRequestBytes = 512 * 1024;

  // Errors as Listener::unix_socket().
  static Result<std::unique_ptr<OwnerSocket>> open(runtime::EventLoop& loop, const Log& log,
                                                   const grpc::Methods& methods,
                                                   runtime::Drain& drain,
                                                   ControllerMetrics& metrics, std::string path,
                                                   uid_t owner);

  // Accepts no more. Those that are open end with the drain.
  void close() { listener_->close(); }
  // Completes when no connection is left, after close().
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return scope_.join(); }

 private:
  OwnerSocket(runtime::EventLoop& loop, const Log& log, const grpc::Methods& methods,
              runtime::Drain& drain, ControllerMetrics& metrics, uid_t owner,
              std::unique_ptr<runtime::Listener> listener);
  runtime::Task<void> accept();
  runtime::Task<void> serve(std::unique_ptr<runtime::Socket> socket, std::string caller);
  // "uid 1000", or nothing for who is not let in.
  std::optional<std::string> admit(const runtime::Socket& socket);

  runtime::EventLoop& loop_;
  const Log& log_;
  const grpc::Methods& methods_;
  runtime::Drain& drain_;
  ControllerMetrics& metrics_;
  const uid_t owner_;
  const std::unique_ptr<runtime::Listener> listener_;
  runtime::TaskScope scope_;
};

}  // namespace seine::control
