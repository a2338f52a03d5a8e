// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap_server.h"

#include <utility>

#include "crypto/tls_stream.h"
#include "http/http2_server.h"
#include "proxy/telemetry.h"
#include "runtime/combine.h"

namespace seine::proxy {

using runtime::Task;

namespace {

http::Http2Options http2_options() {
  http::Http2Options options;
  options.max_concurrent_streams = kMaxTaps;
  options.max_header_list_bytes = 16 * 1024;
  // Finds a watcher that vanished without a word, and frees its taps.
  options.keepalive_interval = std::chrono::seconds(10);
  options.keepalive_timeout = std::chrono::seconds(5);
  return options;
}

}  // namespace

TapServer::TapServer(const TapServerContext& context, TapWorkers workers)
    : context_(context),
      connections_total_(context.registry.counter(
          {.description = {.name = "seine_tap_connections",
                           .help = "Connections to the tap port, by what became of them."}})),
      service_({.loop = context.loop,
                .log = context.log,
                .registry = context.registry,
                .box = context.box,
                .watcher = context.config.tap_identity},
               std::move(workers)),
      connections_(context.loop,
                   [this](Error error) {
                     log_debug(context_.log, "a tap connection ended",
                               {{"error", error.to_string()}});
                   }),
      accepting_(context.loop, [](Error) {}) {  // finish() closed the listener
  service_.serve(methods_);
}

Result<void> TapServer::bind() {
  auto listener = runtime::Listener::tcp(context_.loop, context_.config.control_listen,
                                         {.mark = context_.config.socket_mark});
  if (!listener) {
    return fail(std::move(listener.error()).with_context("LINKERD2_PROXY_CONTROL_LISTEN_ADDR"));
  }
  listener_ = std::move(*listener);
  return {};
}

void TapServer::start() {
  accepting_.spawn(accept_all(*this));
}

Task<Result<void>> TapServer::join() {
  co_await connections_.join();
  co_return Result<void>();
}

Task<void> TapServer::finish() {
  listener_->close();
  service_.end();
  drain_.fire();
  co_await runtime::with_deadline(context_.loop, kTapDrainTimeout, ErrorCode::kShutdown,
                                  "taps were not done", join());
}

void TapServer::count(std::string_view outcome) {
  connections_total_.get(context_.registry.cores() - 1, OneLabel{"outcome", outcome}).add();
}

Task<void> TapServer::accept_all(TapServer& server) {
  {
    runtime::Waker waker(server.context_.loop);
    runtime::Signal::Watch watch;
    server.context_.tls.certified().arm(watch, waker);
    co_await waker.wait();
  }
  for (;;) {
    auto socket = co_await server.listener_->accept();
    if (!socket) co_return;
    if (server.connections_.size() >= kMaxTapConnections) {
      server.count("too many connections");
    } else {
      server.connections_.spawn(serve(server, std::move(*socket)));
    }
    co_await runtime::yield(server.context_.loop);
  }
}

Task<Result<void>> TapServer::serve(TapServer& server, std::unique_ptr<runtime::Socket> socket) {
  runtime::EventLoop& loop = server.context_.loop;
  socket->apply(server.context_.config.inbound.accept_socket);
  const Result<SocketAddr> peer = socket->peer_addr();
  if (!peer) co_return Result<void>();  // gone before it was looked at
  auto stream =
      crypto::TlsStream::server(loop, std::move(socket), server.context_.tls.context(), {});
  Result<crypto::TlsInfo> info =
      co_await runtime::with_deadline(loop, kTapHandshakeTimeout, ErrorCode::kTlsHandshake,
                                      "the TLS handshake of a tap", stream->handshake());
  if (!info) {
    server.count("tls handshake");
    co_return fail(std::move(info.error()).from(ErrorOrigin::kDownstream));
  }
  server.count("served");
  grpc::Server calls(loop, server.methods_, info->peer ? info->peer->text() : std::string(),
                     kMaxTapRequestBytes, peer->ip);
  co_return co_await http::serve_http2(loop, *stream, {}, calls, server.drain_, http2_options());
}

}  // namespace seine::proxy
