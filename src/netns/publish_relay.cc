// SPDX-License-Identifier: Apache-2.0
#include "netns/publish_relay.h"

#include <sys/socket.h>

#include <utility>

#include "runtime/combine.h"
#include "runtime/forward.h"
#include "runtime/listener.h"
#include "runtime/sockaddr.h"
#include "runtime/task_scope.h"

namespace seine::netns {

namespace {

using runtime::EventLoop;
using runtime::Listener;
using runtime::Socket;
using runtime::Task;

class Publisher final : public Resident {
 public:
  Publisher(EventLoop& loop, std::unique_ptr<Listener> listener, PublishOptions options,
            RelayCounters& counters, const Log& log)
      : loop_(loop),
        listener_(std::move(listener)),
        options_(options),
        counters_(counters),
        log_(log),
        scope_(loop, [this](Error error) {
          log_debug(log_, "a published connection failed",
                    {{"target", options_.target.to_string()}, {"error", error.to_string()}});
        }) {
    scope_.spawn(accept_all());
  }

  void drain() override { listener_->close(); }

 private:
  Task<void> accept_all() {
    for (;;) {
      auto client = co_await listener_->accept();
      if (!client) co_return;  // drained
      counters_.accepted.fetch_add(1, std::memory_order_relaxed);
      scope_.spawn(serve(std::move(*client)));
    }
  }

  // A client that cannot be served sees a reset: there is no line to tell it anything on.
  Task<Result<void>> serve(std::unique_ptr<Socket> client) {
    const OpenConnection open(counters_);
    if (counters_.open.load(std::memory_order_relaxed) > options_.max_connections) {
      co_return refuse(*client, make_error(ErrorCode::kLimit, "too many published connections"));
    }
    client->apply(options_.outside);
    auto server = co_await runtime::with_deadline(
        loop_, options_.connect_deadline, ErrorCode::kConnectTimeout, "no connection to the pod",
        runtime::connect_tcp(loop_, options_.target, {}));
    if (!server) co_return refuse(*client, server.error());
    co_return co_await runtime::forward_tcp(loop_, *client, {}, **server);
  }

  std::unexpected<Error> refuse(Socket& client, Error error) {
    counters_.refused.fetch_add(1, std::memory_order_relaxed);
    client.abort();
    return fail(std::move(error));
  }

  EventLoop& loop_;
  std::unique_ptr<Listener> listener_;
  const PublishOptions options_;
  RelayCounters& counters_;
  const Log& log_;
  runtime::TaskScope scope_;
};

Result<SocketAddr> bound_address(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  return runtime::from_sockaddr(storage);
}

}  // namespace

Result<std::unique_ptr<PublishRelay>> PublishRelay::start(const NetworkNamespace& hub,
                                                          PublishOptions options,
                                                          const Clock& clock, const Log& log) {
  const Result<NetworkNamespace> here = NetworkNamespace::current();
  if (!here) return fail(here.error());
  Result<Descriptor> socket = here->tcp_listener(options.listen);
  if (!socket) return fail(socket.error());
  const Result<SocketAddr> addr = bound_address(*socket);
  if (!addr) return fail(addr.error());
  std::unique_ptr<PublishRelay> relay(new PublishRelay);
  relay->addr_ = *addr;
  auto loop = NamespaceLoop::start(
      hub, clock,
      [&, counters = &relay->counters_](EventLoop& inside) -> Result<std::unique_ptr<Resident>> {
        auto listener = Listener::adopt(inside, socket->release());
        if (!listener) return fail(listener.error());
        return std::make_unique<Publisher>(inside, std::move(*listener), options, *counters, log);
      });
  if (!loop) return fail(loop.error());
  relay->loop_ = std::move(*loop);
  return relay;
}

}  // namespace seine::netns
