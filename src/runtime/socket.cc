// SPDX-License-Identifier: Apache-2.0
#include "runtime/socket.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/check.h"
#include "runtime/sockaddr.h"

namespace seine::runtime {

namespace {
// From linux/netfilter_ipv4.h and linux/netfilter_ipv6/ip6_tables.h, which cannot be included
// beside netinet/in.h.
constexpr int kSoOriginalDst = 80;
constexpr int kIp6tSoOriginalDst = 80;

// Most writes are of one piece, and the kernel takes that with less ado than a list.
ssize_t send_pieces(int fd, std::span<const iovec> pieces) {
  if (pieces.size() == 1) return send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

Socket::Socket(EventLoop& loop, int fd, bool connected)
    : loop_(loop), fd_(fd), writable_(connected) {
  if (Result<void> watched = loop_.watch(fd_, *this); !watched) {
    break_off(watched.error().cause_code);
  }
}

Socket::~Socket() {
  loop_.unwatch(fd_);
  close(fd_);
}

void Socket::on_events(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    readable_ = true;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
      peer_closed_ = true;
      finished_slot_.wake();
    }
    read_slot_.wake();
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    writable_ = true;
    write_slot_.wake();
  }
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    hung_up_ = true;
    hangup_slot_.wake();
  }
}

IoResult Socket::failure(int err, bool on_write) {
  errno_ = err;
  failed_on_write_ = on_write;
  // EPIPE only says that no more can be sent; what the peer sent before stands.
  if (err != EPIPE) broken_ = true;
  return IoResult::error();
}

IoResult Socket::try_read(std::span<std::byte> into) {
  if (!readable_) return IoResult::would_block();
  SEINE_CHECK(!into.empty(), "a read of no bytes looks like the end");
  ssize_t n;
  do {
    n = recv(fd_, into.data(), into.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n > 0) {
    // Short: nothing is left, the next byte raises an edge. After a FIN there is no further edge.
    if (static_cast<std::size_t>(n) < into.size() && !peer_closed_) readable_ = false;
    bytes_read_ += static_cast<std::uint64_t>(n);
    return IoResult::ok(static_cast<std::size_t>(n));
  }
  // The kernel tells of a reset once; if a write was told, the reads behind it see only an end.
  if (n == 0) return broken_ ? IoResult::error() : IoResult::eof();
  if (errno == EAGAIN) {
    readable_ = false;
    return IoResult::would_block();
  }
  return failure(errno, /*on_write=*/false);
}

IoResult Socket::try_write(std::span<const iovec> pieces) {
  if (!writable_) return IoResult::would_block();
  pieces = pieces.first(std::min<std::size_t>(pieces.size(), IOV_MAX));
  ssize_t n;
  do {
    n = send_pieces(fd_, pieces);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) {
    std::size_t asked = 0;
    for (const iovec& piece : pieces) asked += piece.iov_len;
    if (static_cast<std::size_t>(n) < asked) writable_ = false;
    bytes_written_ += static_cast<std::uint64_t>(n);
    return n == 0 ? IoResult::would_block() : IoResult::ok(static_cast<std::size_t>(n));
  }
  if (errno == EAGAIN) {
    writable_ = false;
    return IoResult::would_block();
  }
  return failure(errno, /*on_write=*/true);
}

void Socket::arm_read(Wakeable& who) {
  read_slot_.arm(who);
  if (readable_) read_slot_.wake();
}

void Socket::arm_write(Wakeable& who) {
  write_slot_.arm(who);
  if (writable_) write_slot_.wake();
}

void Socket::arm_hangup(Wakeable& who) {
  hangup_slot_.arm(who);
  if (hung_up_) hangup_slot_.wake();
}

void Socket::arm_peer_finished(Wakeable& who) {
  finished_slot_.arm(who);
  if (peer_closed_) finished_slot_.wake();
}

void Socket::shutdown_write() {
  shutdown(fd_, SHUT_WR);
}

void Socket::abort() {
  break_off(ECONNABORTED);
}

void Socket::break_off(int err) {
  // For TCP this sends a reset at once and discards what is queued. shutdown(2) would send the
  // queue and a FIN, which the peer could take for the whole.
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (connect(fd_, &nobody, sizeof nobody) != 0) shutdown(fd_, SHUT_RDWR);
  failure(err, /*on_write=*/false);
  readable_ = writable_ = hung_up_ = true;
  read_slot_.wake();
  write_slot_.wake();
  hangup_slot_.wake();
}

Error Socket::error() const {
  return errno_error(failed_on_write_ ? ErrorCode::kWrite : ErrorCode::kRead, errno_,
                     failed_on_write_ ? "cannot write to the peer" : "cannot read from the peer");
}

void Socket::apply(const SocketOptions& options) {
  const int one = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (options.keepalive > Duration::zero()) {
    const int seconds = static_cast<int>(std::max<std::int64_t>(
        1, std::chrono::ceil<std::chrono::seconds>(options.keepalive).count()));
    setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd_, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
    setsockopt(fd_, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
  }
  if (options.user_timeout > Duration::zero()) {
    const auto ms = static_cast<unsigned>(
        std::chrono::duration_cast<std::chrono::milliseconds>(options.user_timeout).count());
    setsockopt(fd_, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
  }
}

Result<SocketAddr> Socket::local_addr() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot read the local address");
  }
  return from_sockaddr(storage);
}

Result<SocketAddr> Socket::peer_addr() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd_, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot read the peer's address");
  }
  return from_sockaddr(storage);
}

Result<SocketAddr> Socket::original_dst() const {
  Result<SocketAddr> local = local_addr();
  if (!local) return local;
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const int rc = local->ip.is_v4()
                     ? getsockopt(fd_, IPPROTO_IP, kSoOriginalDst, &storage, &size)
                     : getsockopt(fd_, IPPROTO_IPV6, kIp6tSoOriginalDst, &storage, &size);
  if (rc == 0) return from_sockaddr(storage);
  // Without a conntrack entry there was no redirection.
  if (errno == ENOENT || errno == ENOPROTOOPT) return local;
  return fail_errno(ErrorCode::kInternal, errno, "cannot read the original destination");
}

namespace {

// Waits for the outcome of a connect(2) under way on `fd`, which it owns from here on.
Task<Result<std::unique_ptr<Socket>>> finish_connect(EventLoop& loop, int fd, int rc, int err,
                                                     std::string to) {
  const bool under_way = rc != 0 && err == EINPROGRESS;
  auto socket = std::make_unique<Socket>(loop, fd, !under_way);
  if (socket->last_errno() != 0) {
    rc = -1;
    err = socket->last_errno();
  } else if (under_way) {
    Waker waker(loop);
    co_await write_ready(*socket, waker);
    socklen_t size = sizeof err;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
    rc = err == 0 ? 0 : -1;
  }
  if (rc != 0) {
    const ErrorCode code = err == ECONNREFUSED ? ErrorCode::kConnectRefused : ErrorCode::kConnect;
    Error error = errno_error(code, err, std::move(to)).from(ErrorOrigin::kUpstream);
    error.retryable = true;
    co_return fail(std::move(error));
  }
  co_return socket;
}

}  // namespace

Result<void> set_mark(int fd, std::uint32_t mark) {
  if (mark == 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0) return {};
  return fail_errno(ErrorCode::kConnect, errno, "cannot mark a socket");
}

Task<Result<std::unique_ptr<Socket>>> connect_tcp(EventLoop& loop, SocketAddr to,
                                                  SocketOptions options) {
  const int fd =
      ::socket(to.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return fail_errno(ErrorCode::kConnect, errno, "cannot make a socket");
  // Before the first packet.
  if (Result<void> marked = set_mark(fd, options.mark); !marked) {
    close(fd);
    co_return fail(std::move(marked.error()));
  }
  sockaddr_storage storage;
  const socklen_t size = to_sockaddr(to, storage);
  const int rc = connect(fd, reinterpret_cast<sockaddr*>(&storage), size);
  const int err = errno;
  auto socket = co_await finish_connect(loop, fd, rc, err, to.to_string());
  if (socket) (*socket)->apply(options);
  co_return socket;
}

Task<Result<std::unique_ptr<Socket>>> connect_unix(EventLoop& loop, std::string path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "'" + path + "' does not fit a unix socket: 1 to 107 bytes are allowed");
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return fail_errno(ErrorCode::kConnect, errno, "cannot make a socket");
  const int rc = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  const int err = errno;
  co_return co_await finish_connect(loop, fd, rc, err, std::move(path));
}

}  // namespace seine::runtime
