// SPDX-License-Identifier: Apache-2.0
#include "proxy/wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>

namespace seine::bench {
namespace {

constexpr int kBacklog = 4096;

void set_option(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  const std::string shown(text);
  if (colon == std::string_view::npos)
    return fail(ErrorCode::kInvalidConfig, shown + " is not IP:PORT");
  std::uint16_t port = 0;
  const auto digits = text.substr(colon + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size())
    return fail(ErrorCode::kInvalidConfig, shown + " has no port between 0 and 65535");
  std::string host(text.substr(0, colon));
  Address address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.length = sizeof v6;
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) return address;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.length = sizeof v4;
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return address;
  }
  return fail(ErrorCode::kInvalidConfig, shown + " has no IP address in front of the port");
}

Result<Fd> listen_on(const Address& address) {
  Fd fd(::socket(address.raw()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(ErrorCode::kInternal, errno, "no socket to listen on");
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (::bind(fd.get(), address.raw(), address.length) != 0 || ::listen(fd.get(), kBacklog) != 0)
    return fail_errno(ErrorCode::kInternal, errno, "cannot listen");
  return fd;
}

Result<Fd> start_connect(const Address& address) {
  Fd fd(::socket(address.raw()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(ErrorCode::kConnect, errno, "no socket to connect with");
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (::connect(fd.get(), address.raw(), address.length) != 0 && errno != EINPROGRESS)
    return fail_errno(ErrorCode::kConnect, errno, "cannot connect");
  return fd;
}

Fd accept_next(int listener) {
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.is_open()) set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<Epoll> Epoll::create() {
  Fd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd.is_open()) return fail_errno(ErrorCode::kInternal, errno, "no epoll descriptor");
  return Epoll(std::move(fd));
}

Result<> Epoll::watch(int fd, std::uint32_t events, void* owner) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = owner;
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail_errno(ErrorCode::kInternal, errno, "cannot watch a descriptor");
  return {};
}

}  // namespace seine::bench
