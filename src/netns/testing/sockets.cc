// SPDX-License-Identifier: Apache-2.0
#include "netns/testing/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/check.h"
#include "runtime/sockaddr.h"

namespace seine::netns::testing {

namespace {

constexpr int kSoOriginalDst = 80;  // also IP6T_SO_ORIGINAL_DST

SocketAddr parsed(std::string_view text) {
  const auto addr = SocketAddr::parse(text);
  SEINE_CHECK(addr.has_value(), "a test names an address");
  return *addr;
}

struct RawAddress {
  explicit RawAddress(std::string_view text) : size(runtime::to_sockaddr(parsed(text), storage)) {}
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  sockaddr_storage storage{};
  socklen_t size;
};

// Only this thread changes: the raw call, not glibc's, which changes all.
void become(Owner owner) {
  if (owner.uid != 0) {
    SEINE_CHECK(syscall(SYS_setresuid, owner.uid, owner.uid, owner.uid) == 0, "root may");
  }
}

Descriptor marked_socket(int family, int type, Owner owner) {
  Descriptor socket(::socket(family, type | SOCK_CLOEXEC, 0));
  SEINE_CHECK(static_cast<bool>(socket), "a socket can be made");
  if (owner.mark != 0) {
    SEINE_CHECK(setsockopt(socket.get(), SOL_SOCKET, SO_MARK, &owner.mark, sizeof owner.mark) == 0,
                "the mark takes CAP_NET_ADMIN");
  }
  return socket;
}

bool ready(int fd, short events, int patience) {
  pollfd one{.fd = fd, .events = events, .revents = 0};
  return poll(&one, 1, patience) == 1;
}

std::string outcome_of(const Descriptor& socket, const RawAddress& to, int patience) {
  if (connect(socket.get(), to.get(), to.size) != 0) {
    if (errno != EINPROGRESS) return std::string(errno_name(errno));
    if (!ready(socket.get(), POLLOUT, patience)) return "silence";
    int err = 0;
    socklen_t size = sizeof err;
    getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &err, &size);
    if (err != 0) return std::string(errno_name(err));
  }
  std::string said;
  std::array<char, 256> buffer;
  for (;;) {
    if (!ready(socket.get(), POLLIN, patience)) return said.empty() ? "silence" : said;
    const ssize_t got = read(socket.get(), buffer.data(), buffer.size());
    if (got < 0) return std::string(errno_name(errno));
    if (got == 0) return said;
    said.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string original_destination(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  const int level = address.ss_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
  size = sizeof address;
  getsockopt(socket, level, kSoOriginalDst, &address, &size);
  const auto addr = runtime::from_sockaddr(address);
  return addr ? addr->to_string() : "unknown";
}

void make_stop_pipe(Descriptor& read_end, Descriptor& write_end) {
  std::array<int, 2> ends{};
  SEINE_CHECK(pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe can be made");
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
}

// False: it is time to stop.
bool wait_for_work(const Descriptor& socket, const Descriptor& stop) {
  std::array<pollfd, 2> both{{{.fd = socket.get(), .events = POLLIN, .revents = 0},
                              {.fd = stop.get(), .events = POLLIN, .revents = 0}}};
  poll(both.data(), both.size(), -1);
  return both[1].revents == 0;
}

}  // namespace

std::string dial(const NetworkNamespace& from, std::string_view to, Owner owner, int patience) {
  const auto outcome = from.run([&]() -> Result<std::string> {
    const RawAddress address(to);
    const Descriptor socket = marked_socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK, owner);
    become(owner);
    // The socket's owner, to the kernel, is whoever made it.
    const Descriptor own =
        owner.uid == 0 ? Descriptor()
                       : Descriptor(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK, 0));
    return outcome_of(own ? own : socket, address, patience);
  });
  return outcome ? *outcome : outcome.error().to_string();
}

std::string ask_udp(const NetworkNamespace& from, std::string_view to) {
  const auto outcome = from.run([&]() -> Result<std::string> {
    const RawAddress address(to);
    const Descriptor socket = marked_socket(address.family(), SOCK_DGRAM, {});
    if (connect(socket.get(), address.get(), address.size) != 0 ||
        send(socket.get(), "hello", 5, 0) != 5) {
      return std::string(errno_name(errno));
    }
    if (!ready(socket.get(), POLLIN, kPatience)) return "silence";
    std::array<char, 16> answer;
    if (recv(socket.get(), answer.data(), answer.size(), 0) < 0) {
      return std::string(errno_name(errno));
    }
    return "ok";
  });
  return outcome ? *outcome : outcome.error().to_string();
}

Greeter::Greeter(const NetworkNamespace& inside, std::string_view at, std::string name, Owner owner)
    : name_(std::move(name)) {
  auto listener = inside.run([&]() -> Result<Descriptor> {
    become(owner);
    const RawAddress address(at);
    Descriptor socket = marked_socket(address.family(), SOCK_STREAM, owner);
    const int one = 1;
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(socket.get(), address.get(), address.size) != 0 || listen(socket.get(), 16) != 0) {
      return fail_errno(ErrorCode::kInternal, errno, "a test's listener on " + std::string(at));
    }
    return socket;
  });
  if (!listener) {
    const std::string why = listener.error().to_string();
    SEINE_CHECK(listener.has_value(), why.c_str());
  }
  listener_ = std::move(*listener);
  make_stop_pipe(stop_read_, stop_write_);
  thread_ = std::thread([this] { serve(); });
}

Greeter::~Greeter() {
  stop_write_.reset();
  thread_.join();
}

std::uint16_t Greeter::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return runtime::from_sockaddr(address).value().port;
}

void Greeter::serve() {
  while (wait_for_work(listener_, stop_read_)) {
    const Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) continue;
    const std::string greeting = name_ + " " + original_destination(client.get());
    if (send(client.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL) < 0) continue;
  }
}

UdpEcho::UdpEcho(const NetworkNamespace& inside, std::string_view at) {
  auto socket = inside.udp_socket(parsed(at));
  SEINE_CHECK(socket.has_value(), "a test's UDP socket can be bound");
  socket_ = std::move(*socket);
  make_stop_pipe(stop_read_, stop_write_);
  thread_ = std::thread([this] {
    while (wait_for_work(socket_, stop_read_)) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      std::array<char, 64> bytes;
      auto* raw = reinterpret_cast<sockaddr*>(&from);
      const ssize_t got = recvfrom(socket_.get(), bytes.data(), bytes.size(), 0, raw, &size);
      if (got > 0) sendto(socket_.get(), bytes.data(), static_cast<std::size_t>(got), 0, raw, size);
    }
  });
}

UdpEcho::~UdpEcho() {
  stop_write_.reset();
  thread_.join();
}

}  // namespace seine::netns::testing
