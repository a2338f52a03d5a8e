// SPDX-License-Identifier: Apache-2.0
#include "netns/egress_relay.h"

#include <errno.h>

#include <utility>

#include "netns/egress_header.h"
#include "netns/links.h"
#include "runtime/combine.h"
#include "runtime/forward.h"

namespace seine::netns {

namespace {

using runtime::Bytes;
using runtime::EventLoop;
using runtime::IoResult;
using runtime::Listener;
using runtime::Socket;
using runtime::Task;

struct Opening {
  SocketAddr to;
  Bytes rest;  // what came behind the request already
};

Task<Result<Opening>> read_opening(EventLoop& loop, Socket& client) {
  std::string bytes;
  runtime::Waker waker(loop);
  for (;;) {
    Bytes block;
    const IoResult read = runtime::read_block(client, loop.pool(), block);
    if (read.status == IoResult::Status::kWouldBlock) {
      co_await runtime::read_ready(client, waker);
      continue;
    }
    if (read.status == IoResult::Status::kError) co_return fail(client.error());
    if (read.status == IoResult::Status::kEof) {
      co_return fail(ErrorCode::kEof, "the proxy closed before it had named a destination");
    }
    bytes += block.view();
    const auto request = parse_egress_request(bytes);
    if (!request) co_return fail(request.error());
    if (*request) {
      co_return Opening{(*request)->to,
                        Bytes::copy_of(std::string_view(bytes).substr((*request)->size))};
    }
  }
}

// One line fits the buffer of a new connection.
bool say(Socket& client, const std::string& line) {
  const iovec piece{const_cast<char*>(line.data()), line.size()};
  return client.try_write({&piece, 1}).bytes == line.size();
}

}  // namespace

Result<std::unique_ptr<EgressRelay>> EgressRelay::start(EventLoop& loop, Descriptor inside,
                                                        EgressOptions options, const Log& log) {
  auto listener = Listener::adopt(loop, inside.release());
  if (!listener) return fail(listener.error());
  Result<Netlink> netlink = Netlink::open();
  if (!netlink) return fail(netlink.error());
  std::unique_ptr<EgressRelay> relay(
      new EgressRelay(loop, std::move(options), log, std::move(*listener), std::move(*netlink)));
  relay->scope_.spawn(relay->accept_all());
  return relay;
}

EgressRelay::EgressRelay(EventLoop& loop, EgressOptions options, const Log& log,
                         std::unique_ptr<Listener> listener, Netlink netlink)
    : loop_(loop),
      options_(std::move(options)),
      log_(log),
      listener_(std::move(listener)),
      netlink_(std::move(netlink)),
      scope_(loop, [this](Error error) {
        log_debug(log_, "an egress connection failed", {{"error", error.to_string()}});
      }) {}

Task<void> EgressRelay::accept_all() {
  for (;;) {
    auto client = co_await listener_->accept();
    if (!client) co_return;  // drained
    counters_.accepted.fetch_add(1, std::memory_order_relaxed);
    scope_.spawn(serve(std::move(*client)));
  }
}

Task<Result<void>> EgressRelay::serve(std::unique_ptr<Socket> client) {
  const OpenConnection open(counters_);
  const auto refuse = [&](Error error) {
    counters_.refused.fetch_add(1, std::memory_order_relaxed);
    if (say(*client, write_egress_refusal(error))) client->shutdown_write();
    return fail(std::move(error));
  };
  if (counters_.open.load(std::memory_order_relaxed) > options_.max_connections) {
    co_return refuse(make_error(ErrorCode::kLimit,
                                std::to_string(options_.max_connections) +
                                    " connections to the outside are open, as many as allowed"));
  }
  auto opening =
      co_await runtime::with_deadline(loop_, options_.header_deadline, ErrorCode::kTimeout,
                                      "no egress request came", read_opening(loop_, *client));
  if (!opening) co_return refuse(opening.error());
  auto server = co_await connect(opening->to);
  if (!server) co_return refuse(server.error());
  if (!say(*client, write_egress_ok())) co_return fail(client->error());
  co_return co_await runtime::forward_tcp(loop_, *client, std::move(opening->rest), **server);
}

Result<std::vector<SocketAddr>> EgressRelay::targets(const SocketAddr& to) {
  return egress_targets(options_.policy, to, [this](const IpAddress& ip) {
    const Result<bool> own = is_own_address(netlink_, ip);
    // Without a way there the connection will fail by itself; any other trouble closes the door.
    if (own) return *own;
    return own.error().cause_code != ENETUNREACH && own.error().cause_code != EHOSTUNREACH;
  });
}

Task<Result<std::unique_ptr<Socket>>> EgressRelay::connect(SocketAddr to) {
  const Result<std::vector<SocketAddr>> candidates = targets(to);
  if (!candidates) co_return fail(candidates.error());
  Error last;
  for (const SocketAddr& candidate : *candidates) {
    auto server = co_await runtime::with_deadline(
        loop_, options_.connect_deadline, ErrorCode::kConnectTimeout,
        "no connection to the outside", runtime::connect_tcp(loop_, candidate, options_.outside));
    if (server) co_return server;
    last = server.error();
  }
  co_return fail(std::move(last));
}

}  // namespace seine::netns
