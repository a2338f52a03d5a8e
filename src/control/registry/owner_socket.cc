// SPDX-License-Identifier: Apache-2.0
#include "control/registry/owner_socket.h"

#include <utility>

#include "http/http2_server.h"
#include "netns/fd_passing.h"

namespace seine::control {
namespace {

constexpr std::string_view kPort = "registry";

http::Http2Options http2_options() {
  http::Http2Options options;
  options.max_concurrent_streams = 64;  // a caller has a renewal and a goodbye under way, or a few
  options.max_header_list_bytes = 16 * 1024;
  return options;
}

}  // namespace

Result<std::unique_ptr<OwnerSocket>> OwnerSocket::open(runtime::EventLoop& loop, const Log& log,
                                                       const grpc::Methods& methods,
                                                       runtime::Drain& drain,
                                                       ControllerMetrics& metrics, std::string path,
                                                       uid_t owner) {
  auto listener = runtime::Listener::unix_socket(loop, path);
  if (!listener) return fail(std::move(listener.error()));
  return std::unique_ptr<OwnerSocket>(
      new OwnerSocket(loop, log, methods, drain, metrics, owner, *std::move(listener)));
}

OwnerSocket::OwnerSocket(runtime::EventLoop& loop, const Log& log, const grpc::Methods& methods,
                         runtime::Drain& drain, ControllerMetrics& metrics, uid_t owner,
                         std::unique_ptr<runtime::Listener> listener)
    : loop_(loop),
      log_(log),
      methods_(methods),
      drain_(drain),
      metrics_(metrics),
      owner_(owner),
      listener_(std::move(listener)),
      scope_(loop, [](Error) {}) {
  scope_.spawn(accept());
}

runtime::Task<void> OwnerSocket::accept() {
  for (;;) {
    auto socket = co_await listener_->accept();
    if (!socket) co_return;
    // This task is one of the scope's own.
    if (scope_.size() > kMaxConnections) {
      metrics_.count_connection(kPort, "too many connections");
    } else if (auto caller = admit(**socket)) {
      scope_.spawn(serve(*std::move(socket), *std::move(caller)));
    }
  }
}

std::optional<std::string> OwnerSocket::admit(const runtime::Socket& socket) {
  const auto caller = netns::peer_credentials(socket.fd());
  if (caller && netns::may_administer(caller->uid, owner_)) {
    metrics_.count_connection(kPort, "served");
    return "uid " + std::to_string(caller->uid);
  }
  metrics_.count_connection(kPort, "not the owner");
  log_warn(log_, "closed a connection to the registry by a user who is not its owner",
           {{"uid", caller ? std::to_string(caller->uid) : caller.error().to_string()},
            {"owner", std::to_string(owner_)}});
  return std::nullopt;
}

runtime::Task<void> OwnerSocket::serve(std::unique_ptr<runtime::Socket> socket,
                                       std::string caller) {
  grpc::Server server(loop_, methods_, std::move(caller), kMaxRequestBytes);
  const auto served =
      co_await http::serve_http2(loop_, *socket, {}, server, drain_, http2_options());
  if (!served) {
    log_debug(log_, "a connection to the registry ended", {{"reason", served.error().to_string()}});
  }
}

}  // namespace seine::control
