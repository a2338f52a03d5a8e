// SPDX-License-Identifier: Apache-2.0
// The floor under every proxy: the smallest TCP relay that is still correct. It accepts, connects
// to one fixed address and copies both ways with one buffer, half-close included. What it costs is
// the kernel's; what a proxy costs above it is the proxy's.
//
//   copyfloor --listen 127.0.0.1:4140 --connect 10.99.0.2:8000
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "proxy/flags.h"
#include "proxy/wire.h"

namespace seine::bench {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;
constexpr int kEventsPerTurn = 256;

struct Pair;

// One socket of a pair, with what its peer read and it could not yet write.
struct Side {
  Pair* pair = nullptr;
  Side* peer = nullptr;
  Fd fd;
  std::string pending;
  bool readable = false;  // an edge came and no short read since
  bool read_ended = false;
  bool write_ended = false;
};

struct Pair {
  Side client;
  Side server;
  bool dead = false;
};

class CopyFloor {
 public:
  CopyFloor(Epoll epoll, Fd listener, const Address& target)
      : epoll_(std::move(epoll)), listener_(std::move(listener)), target_(target) {}
  Result<> run();

 private:
  void accept_all();
  void on_event(Side& side, std::uint32_t events);
  void pump(Side& from);
  bool flush(Side& to);
  void end_write(Side& to);
  void kill(Pair& pair);

  Epoll epoll_;
  Fd listener_;
  const Address target_;
  std::array<char, kBuffer> buffer_;
  // Pairs that died this turn: events still queued may point at them.
  std::vector<std::unique_ptr<Pair>> dead_;
};

void CopyFloor::accept_all() {
  for (Fd fd = accept_next(listener_.get()); fd.is_open(); fd = accept_next(listener_.get())) {
    auto out = start_connect(target_);
    if (!out) continue;
    auto pair = std::make_unique<Pair>();
    pair->client = {pair.get(), &pair->server, std::move(fd), {}};
    pair->server = {pair.get(), &pair->client, std::move(*out), {}};
    constexpr std::uint32_t kBoth = EPOLLIN | EPOLLOUT | EPOLLRDHUP;
    if (!epoll_.watch(pair->client.fd.get(), kBoth, &pair->client) ||
        !epoll_.watch(pair->server.fd.get(), kBoth, &pair->server))
      continue;
    pair.release();  // owned by its two watches until kill()
  }
}

void CopyFloor::kill(Pair& pair) {
  if (pair.dead) return;
  pair.dead = true;
  pair.client.fd = Fd();
  pair.server.fd = Fd();
  dead_.emplace_back(&pair);
}

void CopyFloor::end_write(Side& to) {
  to.write_ended = true;
  ::shutdown(to.fd.get(), SHUT_WR);
  if (to.peer->write_ended) kill(*to.pair);
}

// True when nothing is left to write.
bool CopyFloor::flush(Side& to) {
  if (to.pending.empty()) return true;
  const ssize_t n = ::send(to.fd.get(), to.pending.data(), to.pending.size(), MSG_NOSIGNAL);
  if (n > 0) to.pending.erase(0, static_cast<std::size_t>(n));
  if (n < 0 && errno != EAGAIN && errno != ENOTCONN) kill(*to.pair);
  return to.pending.empty();
}

void CopyFloor::pump(Side& from) {
  Side& to = *from.peer;
  while (from.readable && !from.read_ended && !from.pair->dead && flush(to)) {
    const ssize_t n = ::recv(from.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (n < 0) {
      from.readable = false;
      if (errno != EAGAIN) kill(*from.pair);
      return;
    }
    if (n == 0) {
      from.read_ended = true;
      end_write(to);
      return;
    }
    const auto size = static_cast<std::size_t>(n);
    from.readable = size == buffer_.size();
    ssize_t sent = ::send(to.fd.get(), buffer_.data(), size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != ENOTCONN) return kill(*from.pair);
    sent = sent < 0 ? 0 : sent;
    if (static_cast<std::size_t>(sent) < size)
      to.pending.assign(buffer_.data() + sent, size - static_cast<std::size_t>(sent));
  }
}

void CopyFloor::on_event(Side& side, std::uint32_t events) {
  if (side.pair->dead) return;
  if ((events & EPOLLERR) != 0) return kill(*side.pair);
  if ((events & EPOLLOUT) != 0 && !side.pending.empty() && flush(side)) pump(*side.peer);
  if ((events & EPOLLIN) != 0) {
    side.readable = true;
    pump(side);
  }
  // A short read may have left the end of the stream unseen.
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0 && !side.pair->dead) {
    side.readable = true;
    pump(side);
  }
}

Result<> CopyFloor::run() {
  if (auto watched = epoll_.watch(listener_.get(), EPOLLIN, nullptr); !watched) return watched;
  std::array<epoll_event, kEventsPerTurn> events;
  while (true) {
    const int n = ::epoll_wait(epoll_.fd(), events.data(), kEventsPerTurn, -1);
    if (n < 0 && errno != EINTR)
      return fail_errno(ErrorCode::kInternal, errno, "waiting for events failed");
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr)
        accept_all();
      else
        on_event(*static_cast<Side*>(event.data.ptr), event.events);
    }
    dead_.clear();
  }
}

Result<> run_from(int argc, char** argv) {
  auto flags = Flags::parse(argc, argv, {"--listen", "--connect"}, {});
  if (!flags) return fail(flags.error());
  auto listen_address = parse_address(flags->text("--listen", ""));
  if (!listen_address) return fail(listen_address.error());
  auto target = parse_address(flags->text("--connect", ""));
  if (!target) return fail(target.error());
  auto listener = listen_on(*listen_address);
  if (!listener) return fail(listener.error());
  auto epoll = Epoll::create();
  if (!epoll) return fail(epoll.error());
  raise_file_limit();
  return std::make_unique<CopyFloor>(std::move(*epoll), std::move(*listener), *target)->run();
}

}  // namespace
}  // namespace seine::bench

int main(int argc, char** argv) {
  const auto ran = seine::bench::run_from(argc, argv);
  return ran ? 0 : seine::bench::report_failure("copyfloor", ran.error());
}
