// SPDX-License-Identifier: Apache-2.0
#include "dive/api/agent_listener.h"

#include <chrono>
#include <utility>

#include "http/http2_server.h"

namespace seine::dive {
namespace {

http::Http2Options http2_options() {
  http::Http2Options options;
  options.max_concurrent_streams = 100;
  options.max_header_list_bytes = 16 * 1024;
  // An agent whose machine is gone leaves streams that nobody ends.
  options.keepalive_interval = std::chrono::seconds(30);
  return options;
}

}  // namespace

Result<std::unique_ptr<AgentListener>> AgentListener::open(runtime::EventLoop& loop, const Log& log,
                                                           const SocketAddr& addr,
                                                           const grpc::Methods& methods,
                                                           Refusals& refusals,
                                                           runtime::Drain& drain) {
  auto listener = runtime::Listener::tcp(loop, addr, {});
  if (!listener) return fail(std::move(listener.error()));
  return std::unique_ptr<AgentListener>(
      new AgentListener(loop, log, methods, refusals, drain, *std::move(listener)));
}

AgentListener::AgentListener(runtime::EventLoop& loop, const Log& log, const grpc::Methods& methods,
                             Refusals& refusals, runtime::Drain& drain,
                             std::unique_ptr<runtime::Listener> listener)
    : loop_(loop),
      log_(log),
      methods_(methods),
      refusals_(refusals),
      drain_(drain),
      listener_(std::move(listener)),
      scope_(loop, [](Error) {}) {
  scope_.spawn(accept());
}

runtime::Task<void> AgentListener::accept() {
  for (;;) {
    auto socket = co_await listener_->accept();
    if (!socket) {
      accepts_ = false;
      co_return;
    }
    // This task is one of the scope's own.
    if (scope_.size() > kMaxConnections) {
      refusals_.count("connect", "connections");
      log_warn(log_, "closed a connection: there are as many as may be",
               {{"limit", std::to_string(kMaxConnections)}});
    } else {
      scope_.spawn(serve(*std::move(socket)));
    }
  }
}

runtime::Task<void> AgentListener::serve(std::unique_ptr<runtime::Socket> socket) {
  grpc::Server server(loop_, methods_, "", kMaxRequestBytes);
  const auto served =
      co_await http::serve_http2(loop_, *socket, {}, server, drain_, http2_options());
  if (!served) {
    log_debug(log_, "an agent's connection ended", {{"reason", served.error().to_string()}});
  }
}

}  // namespace seine::dive
