// SPDX-License-Identifier: Apache-2.0
// The admin server: LINKERD2_PROXY_ADMIN_LISTEN_ADDR, and the unix socket SEINE_PROXY_ADMIN_SOCKET
// where it is set. Speaks HTTP/1 and HTTP/2, found out by the first bytes; on TCP within our TLS
// too, once there is a certificate, since meshed scrapers come that way. What is answered is
// admin_service.h's business.
#pragma once

#include <cstddef>
#include <memory>

#include "base/log.h"
#include "base/result.h"
#include "metrics/registry.h"
#include "proxy/admin/admin_service.h"
#include "proxy/config.h"
#include "proxy/tls_state.h"
#include "runtime/listener.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

// Connections open at once. More are closed as they come, and counted in seine_admin_errors with
// error="limit exceeded". The socket has its own, so that no flood locks the operator out.
inline constexpr std::size_t kMaxAdminTcpConnections = 1024;
inline constexpr std::size_t kMaxAdminUnixConnections = 64;
// For a TLS hello to begin, as in Linkerd; a client that is silent for longer speaks plainly.
inline constexpr Duration kAdminDetectTimeout = std::chrono::seconds(1);
// For the TLS handshake, for the first bytes to tell which HTTP it is, and for each request's head.
inline constexpr Duration kAdminHeaderTimeout = std::chrono::seconds(10);
// Probes and scrapers reuse connections, and come every 10, 15, 30 or 60 s. A server that closes an
// idle connection about when the next request is sent makes one of a thousand probes fail (story
// S11), so this is longer than any of these and close to none.
inline constexpr Duration kAdminIdleTimeout = std::chrono::seconds(75);
// For requests under way when the process is about to end, so that the last scrape is whole.
inline constexpr Duration kAdminDrainTimeout = std::chrono::seconds(1);

// One loop, the control plane's. Destroying it drops every connection; not from a task of its own.
class AdminServer {
 public:
  // All references outlive it but `environment`, of which it keeps a redacted copy. `shutdown` is
  // fired when a caller asks for the process to end. Counts in the last cell of `registry`.
  AdminServer(runtime::EventLoop& loop, Log& log, const Config& config,
              const Environment& environment, metrics::Registry& registry, TlsState& tls,
              runtime::Signal& shutdown);

  // Binds what is configured. Errors as Listener's. Connections wait until start().
  Result<void> bind();
  void start();
  // After bind(). Stops accepting, ends idle connections, lets requests under way finish.
  void drain();
  // drain(), then completes when no connection is left, or after kAdminDrainTimeout.
  runtime::Task<void> finish();

  // After bind(): where TCP listens, with the port that was given for port 0.
  const SocketAddr& addr() const { return tcp_->addr(); }
  std::size_t connections() const { return tcp_connections_.size() + unix_connections_.size(); }

 private:
  // What the first bytes are read from, and what they are: for TLS, those inside.
  struct Greeting;

  runtime::Task<Result<void>> join();
  static runtime::Task<Result<void>> accept_tcp(AdminServer& server);
  static runtime::Task<Result<void>> accept_unix(AdminServer& server);
  static runtime::Task<Result<void>> serve(AdminServer& server,
                                           std::unique_ptr<runtime::Stream> stream, bool may_be_tls,
                                           http::Service& service);
  runtime::Task<Result<void>> open_tls(Greeting& greeting);
  http::Service& service_for(const runtime::Socket& socket);
  void count(const Error& error);

  runtime::EventLoop& loop_;
  const Log& log_;
  const Config& config_;
  TlsState& tls_;
  metrics::Family<metrics::Counter>& errors_;
  const std::size_t core_;
  AdminContext context_;
  AdminService observer_{context_, AdminAccess::kObserve};
  AdminService neighbour_{context_, AdminAccess::kShutdown};
  AdminService operator_{context_, AdminAccess::kControl};
  runtime::Drain drain_;
  std::unique_ptr<runtime::Listener> tcp_;
  std::unique_ptr<runtime::Listener> unix_;  // null: not configured
  runtime::TaskScope tcp_connections_;
  runtime::TaskScope unix_connections_;
  runtime::TaskScope accepting_;
};

}  // namespace seine::proxy
