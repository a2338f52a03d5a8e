// SPDX-License-Identifier: Apache-2.0
#include "netns/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <string>
#include <thread>

#include "netns/privileges.h"
#include "runtime/sockaddr.h"

namespace seine::netns {

namespace {

Result<Descriptor> open_namespace(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(ErrorCode::kUnavailable, errno, "cannot open '" + path + "'");
  return fd;
}

Result<void> bring_loopback_up() {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  if (!socket || ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot see a new namespace's loopback");
  }
  request.ifr_flags |= IFF_UP;
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot bring a new namespace's loopback up");
  }
  return {};
}

// Binds a new socket. The options are those of the runtime's own listeners.
Result<Descriptor> bound_socket(int type, const SocketAddr& at) {
  const auto refuse = [&](std::string_view what) {
    const int err = errno;
    return fail_errno(err == EADDRINUSE ? ErrorCode::kUnavailable : ErrorCode::kInvalidConfig, err,
                      "cannot " + std::string(what) + " " + at.to_string());
  };
  Descriptor socket(
      ::socket(at.ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return refuse("make a socket for");
  const int one = 1;
  if (type == SOCK_STREAM) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_storage storage;
  const socklen_t size = runtime::to_sockaddr(at, storage);
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0) {
    return refuse("bind to");
  }
  return socket;
}

}  // namespace

Result<NetworkNamespace> NetworkNamespace::create() {
  Result<Descriptor> fd = fail(ErrorCode::kInternal, "the namespace's thread did not run");
  std::thread([&fd] {
    if (unshare(CLONE_NEWNET) != 0) {
      fd = fail(explain_no_network_namespace(errno, read_sysctl));
      return;
    }
    if (Result<void> up = bring_loopback_up(); !up) {
      fd = fail(up.error());
      return;
    }
    fd = open_namespace("/proc/thread-self/ns/net");
  }).join();
  if (!fd) return fail(fd.error());
  return NetworkNamespace(std::move(*fd));
}

Result<NetworkNamespace> NetworkNamespace::current() {
  Result<Descriptor> fd = open_namespace("/proc/thread-self/ns/net");
  if (!fd) return fail(fd.error());
  return NetworkNamespace(std::move(*fd));
}

Result<NetworkNamespace> NetworkNamespace::of_process(pid_t pid) {
  Result<Descriptor> fd = open_namespace("/proc/" + std::to_string(pid) + "/ns/net");
  if (!fd) return fail(fd.error());
  return NetworkNamespace(std::move(*fd));
}

Result<NetworkNamespace> NetworkNamespace::adopt(Descriptor fd) {
  if (ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET) {
    return fail(ErrorCode::kInvalidArgument, "the descriptor is no network namespace");
  }
  return NetworkNamespace(std::move(fd));
}

Result<NetworkNamespace> NetworkNamespace::share() const {
  Descriptor copy(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail_errno(ErrorCode::kInternal, errno, "cannot share a namespace");
  return NetworkNamespace(std::move(copy));
}

bool NetworkNamespace::same_as(const NetworkNamespace& other) const {
  struct stat ours{}, theirs{};
  return fstat(fd_.get(), &ours) == 0 && fstat(other.fd_.get(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

Result<void> NetworkNamespace::run_thread(std::move_only_function<void()> work) const {
  Result<void> result;
  // To enter even where one is takes a privilege over it, which in a user namespace nobody has over
  // the machine's.
  const Result<NetworkNamespace> here = current();
  const bool is_inside = here && same_as(*here);
  std::thread([&] {
    if (!is_inside && setns(fd_.get(), CLONE_NEWNET) != 0) {
      result = fail_errno(ErrorCode::kUnavailable, errno, "cannot enter a network namespace");
      return;
    }
    work();
  }).join();
  return result;
}

Result<Descriptor> NetworkNamespace::tcp_listener(const SocketAddr& at, int backlog) const {
  return run([&]() -> Result<Descriptor> {
    Result<Descriptor> socket = bound_socket(SOCK_STREAM, at);
    if (socket && listen(socket->get(), backlog) != 0) {
      return fail_errno(ErrorCode::kUnavailable, errno, "cannot listen on " + at.to_string());
    }
    return socket;
  });
}

Result<Descriptor> NetworkNamespace::udp_socket(const SocketAddr& at) const {
  return run([&] { return bound_socket(SOCK_DGRAM, at); });
}

}  // namespace seine::netns
