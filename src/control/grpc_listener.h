// SPDX-License-Identifier: Apache-2.0
// A port on which methods are served: HTTP/2 in plain on loopback, inside TLS 1.3 anywhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "control/controller_metrics.h"
#include "control/identity/own_certificate.h"
#include "grpc/server.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/signal.h"
#include "runtime/socket.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::control {

struct GrpcListenerOptions {
  std::string_view name;  // of the port, in metrics and logs; static
  SocketAddr addr;
  const OwnCertificate* certificate = nullptr;  // borrowed; used off loopback
  // Whether a caller must show a certificate of this mesh. False only where it asks for its first.
  bool requires_client_certificate = true;
  // Calls of one connection at once: a proxy holds three streams for each destination it talks to.
  std::uint32_t max_streams = 30'000;
};

// One loop. Everything it is given outlives it. Destroying it drops its connections.
class GrpcListener {
 public:
  static constexpr std::chrono::seconds kHandshakeTimeout{10};
  static constexpr std::size_t kMaxConnections = 16'384;
  // Of one address, but for loopback: nobody takes the port from the others.
  static constexpr std::size_t kMaxConnectionsOfPeer = 1'024;
  // A request is a name, a context and, at most, a token and a signing request.
  static constexpr std::size_t kMaxRequestBytes = 128 * 1024;

  // Errors as Listener::tcp().
  static Result<std::unique_ptr<GrpcListener>> open(runtime::EventLoop& loop, const Log& log,
                                                    const grpc::Methods& methods,
                                                    runtime::Drain& drain,
                                                    ControllerMetrics& metrics,
                                                    GrpcListenerOptions options);

  // With port 0 asked for, the port given.
  const SocketAddr& addr() const { return listener_->addr(); }
  // Accepts no more. Those that are open end with the drain.
  void close() { listener_->close(); }
  // Completes when no connection is left, after close().
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return scope_.join(); }

 private:
  GrpcListener(runtime::EventLoop& loop, const Log& log, const grpc::Methods& methods,
               runtime::Drain& drain, ControllerMetrics& metrics, GrpcListenerOptions options,
               std::unique_ptr<runtime::Listener> listener);
  // A connection's share of kMaxConnectionsOfPeer.
  class Place;
  runtime::Task<void> accept();
  runtime::Task<void> serve(std::unique_ptr<runtime::Socket> socket);
  runtime::Task<void> serve_tls(std::unique_ptr<runtime::Socket> socket, SocketAddr peer);
  runtime::Task<void> serve_http2(runtime::Stream& stream, std::string peer_identity,
                                  const SocketAddr& peer);

  runtime::EventLoop& loop_;
  const Log& log_;
  const grpc::Methods& methods_;
  runtime::Drain& drain_;
  ControllerMetrics& metrics_;
  const GrpcListenerOptions options_;
  const std::unique_ptr<runtime::Listener> listener_;
  std::unordered_map<IpAddress, std::size_t> connections_of_;
  runtime::TaskScope scope_;
};

}  // namespace seine::control
