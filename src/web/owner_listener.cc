// SPDX-License-Identifier: Apache-2.0
#include "web/owner_listener.h"

#include <utility>

#include "http/http1_server.h"
#include "netns/fd_passing.h"
#include "netns/user_names.h"
#include "web/target.h"
#include "web/web_listener.h"

namespace seine::web {

using runtime::Task;

namespace {

// One connection's view of the API.
class OwnerService final : public http::Service {
 public:
  OwnerService(ApiCaller& caller, std::string user) : caller_(caller), user_(std::move(user)) {}

  Task<Result<http::Response>> call(http::Request request) override {
    auto target = parse_target(request.head.path);
    if (!target) co_return response_of(problem(400, target.error().message));
    auto match = caller_.find(request.head, *target);
    co_return response_of(
        co_await caller_.answer(std::move(request), std::move(match), *std::move(target), user_));
  }

 private:
  ApiCaller& caller_;
  const std::string user_;
};

}  // namespace

Result<std::unique_ptr<OwnerListener>> OwnerListener::open(Parts parts, const std::string& path,
                                                           uid_t owner) {
  auto listener = runtime::Listener::unix_socket(parts.loop, path);
  if (!listener) return fail(std::move(listener.error()));
  return std::unique_ptr<OwnerListener>(new OwnerListener(parts, owner, *std::move(listener)));
}

OwnerListener::OwnerListener(Parts parts, uid_t owner, std::unique_ptr<runtime::Listener> listener)
    : parts_(parts),
      owner_(owner),
      caller_(parts.loop, parts.log, parts.router, parts.metrics, kMaxOwnerBody),
      listener_(std::move(listener)),
      scope_(parts.loop, [](Error) {}) {
  scope_.spawn(accept());
}

Task<void> OwnerListener::accept() {
  for (;;) {
    auto socket = co_await listener_->accept();
    if (!socket) co_return;
    // This task is one of the scope's own.
    if (scope_.size() > kMaxConnections) {
      parts_.metrics.count_refused("connections");
    } else if (auto user = admit(**socket)) {
      scope_.spawn(serve(*std::move(socket), *std::move(user)));
    }
  }
}

std::optional<std::string> OwnerListener::admit(const runtime::Socket& socket) {
  const auto caller = netns::peer_credentials(socket.fd());
  if (caller && netns::may_administer(caller->uid, owner_)) {
    return netns::name_of_caller("uid " + std::to_string(caller->uid));
  }
  parts_.metrics.count_refused("owner");
  const TimePoint now = parts_.loop.clock().now();
  if (told_until_ > now) return std::nullopt;
  told_until_ = now + kTellEvery;
  log_warn(parts_.log, "closed a connection by a user who is not the owner",
           {{"uid", caller ? std::to_string(caller->uid) : caller.error().to_string()},
            {"owner", std::to_string(owner_)}});
  return std::nullopt;
}

Task<void> OwnerListener::serve(std::unique_ptr<runtime::Socket> socket, std::string user) {
  OwnerService service(caller_, std::move(user));
  // What a client did wrong has been answered.
  (void)co_await http::serve_http1(
      parts_.loop, *socket, {}, service, parts_.drain,
      {.header_timeout = kHeaderTimeout, .idle_timeout = kIdleTimeout});
}

}  // namespace seine::web
