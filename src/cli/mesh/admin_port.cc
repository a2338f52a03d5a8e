// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/admin_port.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "runtime/combine.h"
#include "runtime/sockaddr.h"
#include "runtime/socket.h"

namespace seine::cli {

using runtime::IoResult;
using runtime::Task;

namespace {

// A socket stays in the namespace it was made in, so that the loop's own thread can use it.
Result<Descriptor> socket_inside(const netns::NetworkNamespace& inside, const SocketAddr& at) {
  return inside.run([&at]() -> Result<Descriptor> {
    const int family = at.ip.is_v4() ? AF_INET : AF_INET6;
    Descriptor fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return fail_errno(ErrorCode::kInternal, errno, "cannot make a socket");
    return fd;
  });
}

Task<Result<std::string>> ask(runtime::EventLoop& loop, Descriptor fd, SocketAddr at,
                              std::string path) {
  sockaddr_storage storage;
  const socklen_t size = runtime::to_sockaddr(at, storage);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0 &&
      errno != EINPROGRESS) {
    co_return fail_errno(ErrorCode::kConnect, errno, "cannot reach " + at.to_string());
  }
  runtime::Socket socket(loop, fd.release(), /*connected=*/false);
  runtime::Waker waker(loop);
  co_await runtime::write_ready(socket, waker);
  std::string request = "GET " + path + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
  // A line or two fit the buffer of a new connection.
  const iovec piece{request.data(), request.size()};
  if (socket.try_write({&piece, 1}).bytes != request.size()) co_return fail(socket.error());
  std::string answer;
  std::array<std::byte, 16384> part;
  for (;;) {
    const IoResult read = socket.try_read(part);
    if (read.status == IoResult::Status::kWouldBlock) {
      co_await runtime::read_ready(socket, waker);
      continue;
    }
    if (read.status == IoResult::Status::kError) co_return fail(socket.error());
    if (read.status == IoResult::Status::kEof) co_return answer;
    answer.append(reinterpret_cast<const char*>(part.data()), read.bytes);
    if (answer.size() > kMaxAdminAnswer) {
      co_return fail(ErrorCode::kLimit, "the answer of " + at.to_string() + " does not end");
    }
    // Who sends without a pause would hold the loop, and the deadline with it.
    co_await runtime::yield(loop);
  }
}

}  // namespace

Task<Result<std::string>> ask_admin_port(runtime::EventLoop& loop,
                                         const netns::NetworkNamespace& inside, SocketAddr at,
                                         std::string path, Duration patience) {
  auto fd = socket_inside(inside, at);
  if (!fd) co_return fail(std::move(fd.error()));
  co_return co_await runtime::with_deadline(loop, patience, ErrorCode::kTimeout,
                                            "the proxy's admin port",
                                            ask(loop, *std::move(fd), at, std::move(path)));
}

}  // namespace seine::cli
