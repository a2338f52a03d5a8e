// SPDX-License-Identifier: Apache-2.0
#include "control/grpc_listener.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/check.h"
#include "crypto/tls_stream.h"
#include "http/http2_server.h"
#include "runtime/combine.h"

namespace seine::control {
namespace {

http::Http2Options http2_options(std::uint32_t max_streams) {
  http::Http2Options options;
  options.max_concurrent_streams = max_streams;
  // A proxy whose machine is gone leaves streams that nobody ends.
  options.keepalive_interval = std::chrono::seconds(30);
  return options;
}

// Whether the handshake failed over a certificate, ours or the caller's: somebody has to look at
// his configuration. All else is what strangers do.
bool is_about_certificate(const Error& error) {
  constexpr std::int32_t kBadCertificate = 42;
  constexpr std::int32_t kUnknownCa = 48;
  constexpr std::int32_t kCertificateRequired = 116;
  return error.cause == Error::Cause::kTlsAlert &&
         ((error.cause_code >= kBadCertificate && error.cause_code <= kUnknownCa) ||
          error.cause_code == kCertificateRequired);
}

}  // namespace

class GrpcListener::Place {
 public:
  Place(GrpcListener& listener, const IpAddress& peer)
      : listener_(listener), peer_(peer), count_(++listener.connections_of_[peer]) {}
  ~Place() {
    const auto found = listener_.connections_of_.find(peer_);
    if (--found->second == 0) listener_.connections_of_.erase(found);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  bool is_one_too_many() const { return count_ > kMaxConnectionsOfPeer && !peer_.is_loopback(); }

 private:
  GrpcListener& listener_;
  const IpAddress peer_;
  const std::size_t count_;
};

Result<std::unique_ptr<GrpcListener>> GrpcListener::open(runtime::EventLoop& loop, const Log& log,
                                                         const grpc::Methods& methods,
                                                         runtime::Drain& drain,
                                                         ControllerMetrics& metrics,
                                                         GrpcListenerOptions options) {
  SEINE_CHECK(options.addr.ip.is_loopback() || options.certificate != nullptr,
              "off loopback everything is TLS");
  auto listener = runtime::Listener::tcp(loop, options.addr, {});
  if (!listener) return fail(std::move(listener.error()));
  return std::unique_ptr<GrpcListener>(
      new GrpcListener(loop, log, methods, drain, metrics, options, *std::move(listener)));
}

GrpcListener::GrpcListener(runtime::EventLoop& loop, const Log& log, const grpc::Methods& methods,
                           runtime::Drain& drain, ControllerMetrics& metrics,
                           GrpcListenerOptions options, std::unique_ptr<runtime::Listener> listener)
    : loop_(loop),
      log_(log),
      methods_(methods),
      drain_(drain),
      metrics_(metrics),
      options_(options),
      listener_(std::move(listener)),
      scope_(loop, [](Error) {}) {
  scope_.spawn(accept());
}

runtime::Task<void> GrpcListener::accept() {
  for (;;) {
    auto socket = co_await listener_->accept();
    if (!socket) co_return;
    // This task is one of the scope's own.
    if (scope_.size() > kMaxConnections) {
      metrics_.count_connection(options_.name, "too many connections");
      continue;
    }
    scope_.spawn(serve(*std::move(socket)));
  }
}

runtime::Task<void> GrpcListener::serve(std::unique_ptr<runtime::Socket> socket) {
  const auto peer = socket->peer_addr();
  if (!peer) co_return;
  const Place place(*this, peer->ip);
  if (place.is_one_too_many()) {
    metrics_.count_connection(options_.name, "too many connections of one peer");
    co_return;
  }
  socket->apply({.keepalive = std::chrono::seconds(10)});
  if (!options_.addr.ip.is_loopback()) co_return co_await serve_tls(std::move(socket), *peer);
  metrics_.count_connection(options_.name, "served");
  co_await serve_http2(*socket, "", *peer);
}

runtime::Task<void> GrpcListener::serve_tls(std::unique_ptr<runtime::Socket> socket,
                                            SocketAddr peer) {
  const auto stream =
      crypto::TlsStream::server(loop_, std::move(socket), options_.certificate->context(), {});
  const auto info = co_await runtime::with_deadline(
      loop_, kHandshakeTimeout, ErrorCode::kTlsHandshake, "no TLS handshake", stream->handshake());
  if (!info) {
    metrics_.count_connection(options_.name, "tls handshake");
    const LogLevel level = is_about_certificate(info.error()) ? LogLevel::kInfo : LogLevel::kDebug;
    if (log_.enabled(level)) {
      log_.write(level, "a TLS handshake failed",
                 {{"port", std::string(options_.name)},
                  {"peer", peer.to_string()},
                  {"reason", info.error().to_string()}});
    }
    co_return;
  }
  if (options_.requires_client_certificate && !info->peer) {
    metrics_.count_connection(options_.name, "no client certificate");
    log_info(log_, "closed a connection without a client certificate",
             {{"port", std::string(options_.name)}, {"peer", peer.to_string()}});
    co_return;
  }
  metrics_.count_connection(options_.name, "served");
  co_await serve_http2(*stream, info->peer ? info->peer->text() : "", peer);
}

runtime::Task<void> GrpcListener::serve_http2(runtime::Stream& stream, std::string peer_identity,
                                              const SocketAddr& peer) {
  grpc::Server server(loop_, methods_, std::move(peer_identity), kMaxRequestBytes, peer.ip);
  const auto served = co_await http::serve_http2(loop_, stream, {}, server, drain_,
                                                 http2_options(options_.max_streams));
  if (!served) {
    log_debug(log_, "a connection ended",
              {{"port", std::string(options_.name)},
               {"peer", peer.to_string()},
               {"reason", served.error().to_string()}});
  }
}

}  // namespace seine::control
