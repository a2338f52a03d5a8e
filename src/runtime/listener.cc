// SPDX-License-Identifier: Apache-2.0
#include "runtime/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "runtime/combine.h"
#include "runtime/file_limit.h"
#include "runtime/sockaddr.h"

namespace seine::runtime {

namespace {

// A socket file on which nobody listens is what a process that died leaves behind.
Result<void> remove_stale(const std::string& path, const sockaddr* address, socklen_t size) {
  struct stat file;
  if (lstat(path.c_str(), &file) != 0) return {};
  if (!S_ISSOCK(file.st_mode)) {
    return fail(ErrorCode::kInvalidConfig, "'" + path + "' exists and is not a socket");
  }
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return fail_errno(ErrorCode::kInvalidConfig, errno, "cannot make a unix socket");
  // EAGAIN: somebody lives there, with a full backlog.
  const bool stale = connect(probe, address, size) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  if (!stale) return fail(ErrorCode::kUnavailable, "'" + path + "' is in use by a live process");
  if (unlink(path.c_str()) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, "cannot remove the stale '" + path + "'");
  }
  return {};
}

}  // namespace

Listener::Listener(EventLoop& loop, int fd, SocketAddr addr, std::string unlink_path)
    : loop_(loop), fd_(fd), addr_(addr), unlink_path_(std::move(unlink_path)) {}

Listener::~Listener() {
  close();
}

Result<std::unique_ptr<Listener>> Listener::tcp(EventLoop& loop, const SocketAddr& addr,
                                                ListenOptions options) {
  const auto refuse = [&](std::string_view what, int fd) {
    const int err = errno;
    if (fd >= 0) ::close(fd);
    return fail_errno(serve_error_code(err), err,
                      "cannot " + std::string(what) + " " + addr.to_string());
  };
  const int fd =
      ::socket(addr.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return refuse("make a socket for", fd);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (options.reuse_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(addr, storage);
  if (!set_mark(fd, options.mark)) return refuse("mark the socket for", fd);
  if (bind(fd, reinterpret_cast<sockaddr*>(&storage), size) != 0) return refuse("bind to", fd);
  if (listen(fd, options.backlog) != 0) return refuse("listen on", fd);
  size = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return refuse("read the address of", fd);
  }
  std::unique_ptr<Listener> listener(
      new Listener(loop, fd, from_sockaddr(storage).value_or(addr), {}));
  if (options.spare_files > 0) {
    listener->first_spare_ = static_cast<int>(file_limit()) - static_cast<int>(options.spare_files);
  }
  if (Result<void> watched = loop.watch(fd, *listener); !watched) return fail(watched.error());
  return listener;
}

Result<std::unique_ptr<Listener>> Listener::adopt(EventLoop& loop, int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  std::unique_ptr<Listener> listener(
      new Listener(loop, fd, from_sockaddr(storage).value_or(SocketAddr{}), {}));
  if (Result<void> watched = loop.watch(fd, *listener); !watched) return fail(watched.error());
  return listener;
}

Result<std::unique_ptr<Listener>> Listener::unix_socket(EventLoop& loop, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalidConfig,
                "'" + path + "' does not fit a unix socket: 1 to 107 bytes are allowed");
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);

  if (Result<void> removed = remove_stale(path, raw, sizeof address); !removed) {
    return fail(removed.error());
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // bind(2) gives the file the mode of the descriptor, so there is no moment at which others could
  // connect. A umask would change the whole process for that moment.
  if (fd < 0 || fchmod(fd, 0600) != 0 || bind(fd, raw, sizeof address) != 0 ||
      listen(fd, 64) != 0) {
    const int err = errno;
    if (fd >= 0) ::close(fd);
    return fail_errno(ErrorCode::kInvalidConfig, err, "cannot listen on '" + path + "'");
  }
  std::unique_ptr<Listener> listener(new Listener(loop, fd, SocketAddr{}, path));
  if (Result<void> watched = loop.watch(fd, *listener); !watched) return fail(watched.error());
  return listener;
}

void Listener::close() {
  if (fd_ < 0) return;
  loop_.unwatch(fd_);
  ::close(std::exchange(fd_, -1));
  if (!unlink_path_.empty()) unlink(unlink_path_.c_str());
  slot_.wake();
}

void Listener::on_events(std::uint32_t) {
  ready_ = true;
  slot_.wake();
}

// The kernel gives out the lowest number that is free.
bool Listener::only_spare_files_left() const {
  if (last_accepted_ < first_spare_ - 1) return false;
  const int next = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (next >= 0) ::close(next);
  return next < 0 || next >= first_spare_;
}

Task<Result<std::unique_ptr<Socket>>> Listener::accept() {
  Waker waker(loop_);
  for (;;) {
    if (fd_ < 0) co_return fail(ErrorCode::kShutdown, "the listener was closed");
    if (!ready_) {
      burst_ = 0;
      slot_.arm(waker);
      co_await waker.wait();
      continue;
    }
    if (burst_ >= kBurst) {
      burst_ = 0;
      co_await yield(loop_);
      continue;
    }
    if (only_spare_files_left()) {
      ++exhausted_;
      co_await sleep_for(loop_, std::chrono::milliseconds(50));
      continue;
    }
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      last_accepted_ = fd;
      ++burst_;
      co_return std::make_unique<Socket>(loop_, fd);
    }
    switch (errno) {
      case EAGAIN: ready_ = false; break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        ++exhausted_;
        co_await sleep_for(loop_, std::chrono::milliseconds(50));
        break;
      default:
        ++burst_;  // the peer gave up while it waited in the backlog
        break;
    }
  }
}

}  // namespace seine::runtime
