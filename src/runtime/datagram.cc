// SPDX-License-Identifier: Apache-2.0
#include "runtime/datagram.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string>

#include "runtime/sockaddr.h"

namespace seine::runtime {

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::open(EventLoop& loop,
                                                             const SocketAddr& addr, bool to_peer) {
  const auto refuse = [&](std::string_view what) {
    const int err = errno;
    const ErrorCode code = to_peer ? ErrorCode::kConnect : serve_error_code(err);
    return fail_errno(code, err, "cannot " + std::string(what) + " " + addr.to_string());
  };
  const int fd =
      ::socket(addr.ip.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return refuse("make a UDP socket for");
  std::unique_ptr<DatagramSocket> socket(new DatagramSocket(loop, fd));
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(addr, storage);
  auto* raw = reinterpret_cast<sockaddr*>(&storage);
  if (to_peer && connect(fd, raw, size) != 0) return refuse("send to");
  if (!to_peer && bind(fd, raw, size) != 0) return refuse("bind to");
  size = sizeof storage;
  if (getsockname(fd, raw, &size) != 0) return refuse("read the address bound for");
  socket->addr_ = from_sockaddr(storage).value_or(addr);
  if (Result<void> watched = loop.watch(fd, *socket); !watched) return fail(watched.error());
  return socket;
}

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::bound(EventLoop& loop,
                                                              const SocketAddr& local) {
  return open(loop, local, /*to_peer=*/false);
}

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::adopt(EventLoop& loop, int fd) {
  std::unique_ptr<DatagramSocket> socket(new DatagramSocket(loop, fd));
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  socket->addr_ = from_sockaddr(storage).value_or(SocketAddr{});
  if (Result<void> watched = loop.watch(fd, *socket); !watched) return fail(watched.error());
  return socket;
}

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::connected(EventLoop& loop,
                                                                  const SocketAddr& peer) {
  return open(loop, peer, /*to_peer=*/true);
}

DatagramSocket::~DatagramSocket() {
  loop_.unwatch(fd_);
  close(fd_);
}

void DatagramSocket::on_events(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
  readable_ = true;
  slot_.wake();
}

Result<void> DatagramSocket::transmit(std::span<const std::byte> bytes, const SocketAddr* to) {
  sockaddr_storage storage;
  const socklen_t size = to == nullptr ? 0 : to_sockaddr(*to, storage);
  ssize_t n;
  do {
    n = sendto(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL,
               to == nullptr ? nullptr : reinterpret_cast<const sockaddr*>(&storage), size);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) return {};
  const int err = errno;
  return fail_errno(
      err == ECONNREFUSED ? ErrorCode::kConnectRefused : ErrorCode::kWrite, err,
      to == nullptr ? "cannot send a datagram" : "cannot send a datagram to " + to->to_string());
}

Result<void> DatagramSocket::send_to(std::span<const std::byte> bytes, const SocketAddr& to) {
  return transmit(bytes, &to);
}

Result<void> DatagramSocket::send(std::span<const std::byte> bytes) {
  return transmit(bytes, nullptr);
}

Task<Result<DatagramSocket::Received>> DatagramSocket::recv_from(std::span<std::byte> into) {
  Waker waker(loop_);
  for (;;) {
    if (!readable_) {
      slot_.arm(waker);
      co_await waker.wait();
      continue;
    }
    sockaddr_storage storage{};
    iovec piece{into.data(), into.size()};
    msghdr message{};
    message.msg_name = &storage;
    message.msg_namelen = sizeof storage;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const ssize_t n = recvmsg(fd_, &message, 0);
    if (n >= 0) {
      co_return Received{.from = from_sockaddr(storage).value_or(SocketAddr{}),
                         .size = static_cast<std::size_t>(n),
                         .truncated = (message.msg_flags & MSG_TRUNC) != 0};
    }
    const int err = errno;
    if (err == EINTR) continue;
    if (err == EAGAIN) {
      readable_ = false;
      continue;
    }
    co_return fail_errno(err == ECONNREFUSED ? ErrorCode::kConnectRefused : ErrorCode::kRead, err,
                         "cannot receive a datagram");
  }
}

}  // namespace seine::runtime
