// SPDX-License-Identifier: Apache-2.0
#include "web/web_listener.h"

#include <utility>

#include "http/http1_server.h"

namespace seine::web {

Result<std::unique_ptr<WebListener>> WebListener::open(runtime::EventLoop& loop,
                                                       const SocketAddr& addr,
                                                       http::Service& service,
                                                       runtime::Drain& drain, WebMetrics& metrics) {
  auto listener = runtime::Listener::tcp(loop, addr, {});
  if (!listener) return fail(std::move(listener.error()));
  return std::unique_ptr<WebListener>(
      new WebListener(loop, service, drain, metrics, *std::move(listener)));
}

WebListener::WebListener(runtime::EventLoop& loop, http::Service& service, runtime::Drain& drain,
                         WebMetrics& metrics, std::unique_ptr<runtime::Listener> listener)
    : loop_(loop),
      service_(service),
      drain_(drain),
      metrics_(metrics),
      listener_(std::move(listener)),
      scope_(loop, [](Error) {}) {
  scope_.spawn(accept());
}

runtime::Task<void> WebListener::accept() {
  for (;;) {
    auto socket = co_await listener_->accept();
    if (!socket) co_return;
    // This task is one of the scope's own.
    if (scope_.size() <= kMaxConnections) {
      scope_.spawn(serve(*std::move(socket)));
    } else {
      metrics_.count_refused("connections");
    }
  }
}

runtime::Task<void> WebListener::serve(std::unique_ptr<runtime::Socket> socket) {
  // What a client did wrong has been answered.
  (void)co_await http::serve_http1(
      loop_, *socket, {}, service_, drain_,
      {.header_timeout = kHeaderTimeout, .idle_timeout = kIdleTimeout});
}

}  // namespace seine::web
