// SPDX-License-Identifier: Apache-2.0
// Where taps are served: LINKERD2_PROXY_CONTROL_LISTEN_ADDR, HTTP/2 inside TLS 1.3 with our
// certificate. Opened only where LINKERD2_PROXY_TAP_SVC_NAME says who may watch.
#pragma once

#include <cstddef>
#include <memory>

#include "base/log.h"
#include "base/result.h"
#include "metrics/registry.h"
#include "proxy/config.h"
#include "proxy/tap/tap_service.h"
#include "proxy/tls_state.h"
#include "runtime/event_loop.h"
#include "runtime/listener.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

// Open at once. More are closed as they come.
inline constexpr std::size_t kMaxTapConnections = 64;
inline constexpr Duration kTapHandshakeTimeout = std::chrono::seconds(5);
// A match is small.
inline constexpr std::size_t kMaxTapRequestBytes = 64 * 1024;
// For streams to write what they have when the process is about to end.
inline constexpr Duration kTapDrainTimeout = std::chrono::milliseconds(500);

// What it works with. Borrowed; outlives it.
struct TapServerContext {
  runtime::EventLoop& loop;
  const Log& log;
  const Config& config;
  metrics::Registry& registry;
  TlsState& tls;
  TapBox& box;
};

// Lives on the control loop. Destroying it drops every connection; not from a task of its own.
// Counts in seine_tap_connections{outcome}: "served", "tls handshake", "too many connections".
class TapServer {
 public:
  TapServer(const TapServerContext& context, TapWorkers workers);
  TapServer(const TapServer&) = delete;
  TapServer& operator=(const TapServer&) = delete;

  // Errors as Listener::tcp(). Connections wait for start(), and for the first certificate.
  Result<void> bind();
  void start();
  // Accepts no more and ends the streams; completes when they have ended, or after
  // kTapDrainTimeout.
  runtime::Task<void> finish();

  // After bind().
  const SocketAddr& addr() const { return listener_->addr(); }

 private:
  static runtime::Task<void> accept_all(TapServer& server);
  static runtime::Task<Result<void>> serve(TapServer& server,
                                           std::unique_ptr<runtime::Socket> socket);
  runtime::Task<Result<void>> join();
  void count(std::string_view outcome);

  const TapServerContext context_;
  metrics::Family<metrics::Counter>& connections_total_;
  TapService service_;
  grpc::Methods methods_;
  runtime::Drain drain_;
  std::unique_ptr<runtime::Listener> listener_;
  runtime::TaskScope connections_;
  runtime::TaskScope accepting_;
};

}  // namespace seine::proxy
