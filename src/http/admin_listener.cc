// SPDX-License-Identifier: Apache-2.0
#include "http/admin_listener.h"

#include <chrono>
#include <string>
#include <utility>

#include "http/http1_server.h"

namespace seine::http {
namespace {

constexpr std::chrono::seconds kHeaderTimeout{10};

Response answer(std::uint16_t status, std::string_view text) {
  Response response;
  response.head.status = status;
  response.head.headers.add("content-type", "text/plain");
  response.body = make_body(text);
  return response;
}

}  // namespace

Result<std::unique_ptr<AdminListener>> AdminListener::open(runtime::EventLoop& loop,
                                                           const SocketAddr& addr,
                                                           metrics::Registry& registry,
                                                           runtime::Drain& drain) {
  auto listener = runtime::Listener::tcp(loop, addr, {});
  if (!listener) return fail(std::move(listener.error()));
  return std::unique_ptr<AdminListener>(
      new AdminListener(loop, registry, drain, *std::move(listener)));
}

AdminListener::AdminListener(runtime::EventLoop& loop, metrics::Registry& registry,
                             runtime::Drain& drain, std::unique_ptr<runtime::Listener> listener)
    : loop_(loop),
      registry_(registry),
      drain_(drain),
      listener_(std::move(listener)),
      scope_(loop, [](Error) {}) {
  scope_.spawn(accept());
}

runtime::Task<Result<Response>> AdminListener::call(Request request) {
  const std::string_view target = request.head.path;
  const std::string_view path = target.substr(0, target.find('?'));
  if (path != "/live" && path != "/ready" && path != "/metrics") co_return answer(404, "");
  if (request.head.method != "GET" && request.head.method != "HEAD") {
    Response refused = answer(405, "");
    refused.head.headers.add("allow", "GET, HEAD");
    co_return refused;
  }
  if (path == "/metrics") co_return answer(200, registry_.scrape());
  if (path == "/ready" && (!ready_ || drain_.fired())) co_return answer(503, "not ready\n");
  co_return answer(200, path == "/live" ? "live\n" : "ready\n");
}

runtime::Task<void> AdminListener::accept() {
  for (;;) {
    auto socket = co_await listener_->accept();
    if (!socket) co_return;
    // This task is one of the scope's own.
    if (scope_.size() <= kMaxConnections) scope_.spawn(serve(*std::move(socket)));
  }
}

runtime::Task<void> AdminListener::serve(std::unique_ptr<runtime::Socket> socket) {
  // What a client did wrong has been answered.
  (void)co_await serve_http1(loop_, *socket, {}, *this, drain_, {.header_timeout = kHeaderTimeout});
}

}  // namespace seine::http
