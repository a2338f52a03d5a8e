// SPDX-License-Identifier: Apache-2.0
#include "proxy/admin/admin_server.h"

#include <utility>

#include "crypto/tls_stream.h"
#include "http/http1_server.h"
#include "http/http2_server.h"
#include "proxy/detect_stream.h"
#include "runtime/combine.h"

namespace seine::proxy {

using runtime::Task;

namespace {

struct ErrorLabel {
  std::string_view error;
  void write(metrics::LabelWriter& writer) const { writer.add("error", error); }
};

http::Http2Options http2_options() {
  http::Http2Options options;
  options.max_concurrent_streams = 16;
  options.max_header_list_bytes = 16 * 1024;
  // Finds clients that vanished without a word; a living one may be idle for as long as it likes.
  options.keepalive_interval = std::chrono::seconds(30);
  return options;
}

}  // namespace

struct AdminServer::Greeting {
  std::unique_ptr<runtime::Stream> stream;
  ReadAhead ahead;
};

AdminServer::AdminServer(runtime::EventLoop& loop, Log& log, const Config& config,
                         const Environment& environment, metrics::Registry& registry, TlsState& tls,
                         runtime::Signal& shutdown)
    : loop_(loop),
      log_(log),
      config_(config),
      tls_(tls),
      errors_(registry.counter(
          {.description = {.name = "seine_admin_errors",
                           .help =
                               "Connections to the admin server that ended badly, by cause."}})),
      core_(registry.cores() - 1),
      context_{.loop = loop,
               .log = log,
               .registry = registry,
               .certified = tls.certified(),
               .environment = redacted(environment),
               .shutdown = shutdown},
      tcp_connections_(loop, [this](Error error) { count(error); }),
      unix_connections_(loop, [this](Error error) { count(error); }),
      accepting_(loop, [](Error) {}) {}  // drain() closed the listener

Result<void> AdminServer::bind() {
  auto tcp = runtime::Listener::tcp(loop_, config_.admin_listen, {.mark = config_.socket_mark});
  if (!tcp) return fail(std::move(tcp.error()).with_context("LINKERD2_PROXY_ADMIN_LISTEN_ADDR"));
  tcp_ = std::move(*tcp);
  if (config_.admin_socket.empty()) return {};
  auto unix_socket = runtime::Listener::unix_socket(loop_, config_.admin_socket);
  if (!unix_socket)
    return fail(std::move(unix_socket.error()).with_context("SEINE_PROXY_ADMIN_SOCKET"));
  unix_ = std::move(*unix_socket);
  return {};
}

void AdminServer::start() {
  accepting_.spawn(accept_tcp(*this));
  if (unix_) accepting_.spawn(accept_unix(*this));
}

void AdminServer::drain() {
  tcp_->close();
  if (unix_) unix_->close();
  drain_.fire();
}

Task<Result<void>> AdminServer::join() {
  co_await tcp_connections_.join();
  co_await unix_connections_.join();
  co_return Result<void>();
}

Task<void> AdminServer::finish() {
  drain();
  const Result<void> all =
      co_await runtime::with_deadline(loop_, kAdminDrainTimeout, ErrorCode::kShutdown,
                                      "the last admin requests were not done", join());
  if (!all) log_info(log_, "admin connections are dropped", {{"reason", all.error().message}});
}

Task<Result<void>> AdminServer::accept_tcp(AdminServer& server) {
  for (;;) {
    auto socket = co_await server.tcp_->accept();
    if (!socket) co_return fail(socket.error());
    if (server.tcp_connections_.size() >= kMaxAdminTcpConnections) {
      server.count(make_error(ErrorCode::kLimit, "too many connections to the admin port"));
    } else {
      (*socket)->apply(server.config_.inbound.accept_socket);
      http::Service& service = server.service_for(**socket);
      server.tcp_connections_.spawn(
          serve(server, std::move(*socket), /*may_be_tls=*/true, service));
    }
    // A flood of connections waits in the backlog while those that are open are served.
    co_await runtime::yield(server.loop_);
  }
}

Task<Result<void>> AdminServer::accept_unix(AdminServer& server) {
  for (;;) {
    auto socket = co_await server.unix_->accept();
    if (!socket) co_return fail(socket.error());
    if (server.unix_connections_.size() >= kMaxAdminUnixConnections) {
      server.count(make_error(ErrorCode::kLimit, "too many connections to the admin socket"));
    } else {
      server.unix_connections_.spawn(
          serve(server, std::move(*socket), /*may_be_tls=*/false, server.operator_));
    }
    co_await runtime::yield(server.loop_);
  }
}

http::Service& AdminServer::service_for(const runtime::Socket& socket) {
  if (!config_.shutdown_endpoint) return observer_;
  const Result<SocketAddr> peer = socket.peer_addr();
  if (peer && peer->ip.is_loopback()) return neighbour_;
  return observer_;
}

Task<Result<void>> AdminServer::serve(AdminServer& server, std::unique_ptr<runtime::Stream> stream,
                                      bool may_be_tls, http::Service& service) {
  runtime::EventLoop& loop = server.loop_;
  Greeting greeting{.stream = std::move(stream), .ahead = {}};
  if (may_be_tls && server.tls_.context() && server.tls_.context()->has_credentials()) {
    Result<void> opened = co_await server.open_tls(greeting);
    // A probe that only connects has seen what it wanted.
    if (!opened && opened.error().code == ErrorCode::kEof) co_return Result<void>();
    if (!opened) co_return opened;
  }
  Result<HttpDetection> detection =
      co_await detect_http(loop, *greeting.stream, greeting.ahead, kAdminHeaderTimeout);
  if (!detection) {
    if (detection.error().code == ErrorCode::kEof) co_return Result<void>();
    co_return fail(detection.error());
  }
  switch (detection->protocol) {
    case Detected::kHttp1:
      co_return co_await http::serve_http1(
          loop, *greeting.stream, greeting.ahead.take(), service, server.drain_,
          {.header_timeout = kAdminHeaderTimeout, .idle_timeout = kAdminIdleTimeout});
    case Detected::kHttp2:
      co_return co_await http::serve_http2(loop, *greeting.stream, greeting.ahead.take(), service,
                                           server.drain_, http2_options());
    case Detected::kNotHttp:
    case Detected::kNeedMore: break;
  }
  if (greeting.ahead.view().empty()) {
    co_return fail(
        make_error(ErrorCode::kTimeout, "the client said nothing").from(ErrorOrigin::kDownstream));
  }
  co_return fail(make_error(ErrorCode::kProtocol, "neither HTTP nor TLS that we can answer")
                     .from(ErrorOrigin::kDownstream));
}

// If the connection begins with a TLS hello, puts TLS around it.
Task<Result<void>> AdminServer::open_tls(Greeting& greeting) {
  // The context of now: the handshake may outlive it in the state.
  const TlsState::Context context = tls_.context();
  const Result<crypto::ClientHello> hello =
      co_await detect_tls(loop_, *greeting.stream, greeting.ahead, kAdminDetectTimeout);
  if (!hello) co_return fail(hello.error());
  if (hello->kind != crypto::ClientHello::Kind::kHello) co_return Result<void>();
  auto tls = crypto::TlsStream::server(loop_, std::move(greeting.stream), context,
                                       {.alpn = {}, .prefix = greeting.ahead.take()});
  Result<crypto::TlsInfo> done =
      co_await runtime::with_deadline(loop_, kAdminHeaderTimeout, ErrorCode::kTlsHandshake,
                                      "the admin server's TLS handshake", tls->handshake());
  if (!done) co_return fail(std::move(done.error()).from(ErrorOrigin::kDownstream));
  greeting.stream = std::move(tls);
  co_return Result<void>();
}

void AdminServer::count(const Error& error) {
  errors_.get(core_, ErrorLabel{error_name(error.code)}).add();
  log_debug(log_, "an admin connection ended", {{"error", error.to_string()}});
}

}  // namespace seine::proxy
