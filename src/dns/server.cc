// SPDX-License-Identifier: Apache-2.0
#include "dns/server.h"

#include <utility>

#include "dns/framing.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::dns {
namespace {

using runtime::Task;

// Queries answered before the rest of the loop has its turn.
constexpr std::size_t kBurst = 32;
constexpr int kPortAttempts = 16;
constexpr Duration kReceivePause = std::chrono::milliseconds(10);
constexpr Duration kLingerTimeout = std::chrono::seconds(1);
constexpr std::size_t kMaxLingerBytes = 64 * 1024;
constexpr std::uint8_t kTruncatedBit = 2;  // of the third byte

// Reads on until the peer closes.
Task<Result<void>> linger(runtime::EventLoop& loop, runtime::Socket& socket) {
  std::array<std::byte, 1024> unread{};
  runtime::Waker waker(loop);
  for (std::size_t total = 0; total < kMaxLingerBytes;) {
    const runtime::IoResult result = socket.try_read(unread);
    if (result.status == runtime::IoResult::Status::kWouldBlock) {
      co_await runtime::read_ready(socket, waker);
    } else if (result.status == runtime::IoResult::Status::kOk) {
      total += result.bytes;
    } else {
      break;
    }
  }
  co_return Result<void>();
}

Task<bool> fired(runtime::EventLoop& loop, runtime::Signal& signal) {
  runtime::Waker waker(loop);
  runtime::Signal::Watch watch;
  signal.arm(watch, waker);
  co_await waker.wait();
  co_return true;
}

std::size_t index_of(Outcome outcome) {
  return static_cast<std::size_t>(outcome);
}

// Counts what is under way for as long as it lives, cancelled or not.
class UnderWay {
 public:
  explicit UnderWay(std::size_t& count) : count_(count) { ++count_; }
  ~UnderWay() { --count_; }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  std::size_t& count_;
};

}  // namespace

class Server::Seat {
 public:
  Seat(Server& server, const IpAddress& client) : server_(&server), client_(client) {
    ++server_->seats_taken_;
    ++server_->seats_[client_];
  }
  Seat(Seat&& other) noexcept
      : server_(std::exchange(other.server_, nullptr)), client_(other.client_) {}
  Seat& operator=(Seat&&) = delete;
  ~Seat() {
    if (server_ == nullptr) return;
    --server_->seats_taken_;
    const auto mine = server_->seats_.find(client_);
    if (--mine->second == 0) server_->seats_.erase(mine);
  }
  const IpAddress& client() const { return client_; }

 private:
  Server* server_;
  IpAddress client_;
};

Server::Server(ServerEnvironment env, std::shared_ptr<const Zone> zone, ServerLimits limits)
    : loop_(env.loop),
      clients_(env.clients),
      counters_(env.counters),
      forwarder_(env.forwarder),
      zone_(std::move(zone)),
      limits_(limits),
      scope_(loop_, [](Error) {}),
      receiving_(loop_, [](Error) {}) {}

Result<std::unique_ptr<Server>> Server::listen(ServerEnvironment env, const SocketAddr& at,
                                               std::shared_ptr<const Zone> zone,
                                               ServerLimits limits) {
  std::unique_ptr<Server> server(new Server(env, std::move(zone), limits));
  for (int attempt = 1; server->tcp_ == nullptr; ++attempt) {
    auto udp = runtime::DatagramSocket::bound(env.loop, at);
    if (!udp) return fail(std::move(udp.error()));
    auto tcp = runtime::Listener::tcp(env.loop, (*udp)->addr(), {});
    if (tcp) {
      server->udp_ = *std::move(udp);
      server->tcp_ = *std::move(tcp);
    } else if (at.port != 0 || attempt == kPortAttempts) {
      return fail(std::move(tcp.error()));
    }
  }
  if (server->zone_ != nullptr) server->receive();
  return server;
}

void Server::receive() {
  receiving_.spawn(serve_udp());
  receiving_.spawn(accept());
}

void Server::publish(std::shared_ptr<const Zone> zone) {
  const bool is_first = zone_ == nullptr;
  zone_ = std::move(zone);
  if (is_first && !closed_.fired()) receive();
}

void Server::close() {
  receiving_.cancel();
  tcp_->close();
  closed_.fire();
}

Decision Server::decide_for(const IpAddress& client, std::span<const std::uint8_t> query) const {
  return decide(query, clients_.namespace_of(client), *zone_, forwarder_ != nullptr);
}

Task<void> Server::serve_udp() {
  std::array<std::uint8_t, kMaxQueryBytes> buffer{};
  for (std::size_t served = 1;; ++served) {
    const auto received = co_await udp_->recv_from(std::as_writable_bytes(std::span(buffer)));
    if (!received) {
      ++counters_.receive_errors;
      co_await runtime::sleep_for(loop_, kReceivePause);
    } else if (received->truncated) {
      ++counters_.oversized;
    } else {
      answer_datagram(std::span(buffer).first(received->size), received->from);
    }
    if (served % kBurst == 0) co_await runtime::yield(loop_);
  }
}

void Server::answer_datagram(std::span<const std::uint8_t> query, const SocketAddr& from) {
  Decision decision = decide_for(from.ip, query);
  ++counters_.udp[index_of(decision.outcome)];
  if (decision.outcome == Outcome::kIgnored) return;
  if (decision.outcome == Outcome::kForward) {
    scope_.spawn(forward_datagram(std::move(decision), from));
    return;
  }
  send(build_message(decision.response, udp_limit(decision.query)).bytes, from);
}

Task<void> Server::forward_datagram(Decision decision, SocketAddr from) {
  send(co_await forward(decision, udp_limit(decision.query)), from);
}

void Server::send(std::span<const std::uint8_t> answer, const SocketAddr& to) {
  if ((answer[2] & kTruncatedBit) != 0) ++counters_.truncated;
  if (!udp_->send_to(std::as_bytes(answer), to)) ++counters_.unsent;
}

Task<void> Server::accept() {
  for (;;) {
    auto socket = co_await tcp_->accept();
    if (!socket) co_return;
    const auto peer = (*socket)->peer_addr();
    if (!peer) continue;
    const auto own = seats_.find(peer->ip);
    if (seats_taken_ >= limits_.connections ||
        (own != seats_.end() && own->second >= limits_.connections_per_client)) {
      ++counters_.connections_refused;
      continue;
    }
    ++counters_.connections;
    scope_.spawn(serve_connection(*std::move(socket), Seat(*this, peer->ip)));
  }
}

Task<void> Server::serve_connection(std::unique_ptr<runtime::Socket> socket, Seat seat) {
  for (std::size_t served = 1; served <= limits_.queries_per_connection; ++served) {
    const bool goes_on = co_await serve_query(*socket, seat.client());
    if (!goes_on) co_return;
    if (served % kBurst == 0) co_await runtime::yield(loop_);
  }
  ++counters_.connections_used_up;
  // To close with queries unread would reset the connection, and answers under way with it.
  socket->shutdown_write();
  (void)co_await runtime::with_deadline(loop_, kLingerTimeout, ErrorCode::kTimeout, "linger",
                                        linger(loop_, *socket));
}

Task<Result<std::vector<std::uint8_t>>> Server::next_query(runtime::Socket& socket) {
  auto first = co_await runtime::race(
      runtime::with_deadline(loop_, limits_.idle_timeout, ErrorCode::kTimeout, "no DNS query",
                             read_framed(loop_, socket, kMaxQueryBytes)),
      fired(loop_, closed_));
  if (first.index() == 1) co_return fail(ErrorCode::kShutdown, "the DNS server ends");
  co_return std::get<0>(std::move(first));
}

Task<bool> Server::serve_query(runtime::Socket& socket, const IpAddress& client) {
  const auto query = co_await next_query(socket);
  if (!query) {
    counters_.oversized += query.error().code == ErrorCode::kLimit ? 1 : 0;
    counters_.connections_timed_out += query.error().code == ErrorCode::kTimeout ? 1 : 0;
    co_return false;
  }
  const Decision decision = decide_for(client, *query);
  ++counters_.tcp[index_of(decision.outcome)];
  if (decision.outcome == Outcome::kIgnored) co_return false;
  std::vector<std::uint8_t> answer;
  if (decision.outcome == Outcome::kForward) {
    answer = co_await forward(decision, kMaxMessageBytes);
  } else {
    answer = build_message(decision.response).bytes;
  }
  const auto written =
      co_await runtime::with_deadline(loop_, limits_.idle_timeout, ErrorCode::kTimeout,
                                      "DNS answer not taken", write_framed(loop_, socket, answer));
  if (!written) ++counters_.unsent;
  co_return written.has_value();
}

Task<std::vector<std::uint8_t>> Server::forward(const Decision& decision, std::size_t limit) {
  if (forwards_ >= limits_.forwards) {
    ++counters_.forwards_refused;
    co_return build_message(decision.response, limit).bytes;
  }
  const UnderWay counted(forwards_);
  const auto reply =
      co_await runtime::with_deadline(loop_, limits_.forward_timeout, ErrorCode::kTimeout,
                                      "DNS forwarding", forwarder_->forward(decision.query));
  if (reply) co_return relay_reply(decision.query, *reply, limit);
  ++counters_.forwards_failed;
  co_return build_message(decision.response, limit).bytes;
}

}  // namespace seine::dns
