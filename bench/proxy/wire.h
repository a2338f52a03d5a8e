// SPDX-License-Identifier: Apache-2.0
// Sockets for the benchmark's own tools: single-threaded, non-blocking, no framework between them
// and the kernel, so that they are faster than whatever they measure.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace seine::bench {

// Owns one descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// "10.0.0.1:80" or "[fd00::1]:80"; names are not resolved.
Result<Address> parse_address(std::string_view text);

// Listening, non-blocking, SO_REUSEADDR, backlog 4096.
Result<Fd> listen_on(const Address& address);

// A non-blocking connect that has begun; TCP_NODELAY is set. Writable means decided.
Result<Fd> start_connect(const Address& address);

// The next waiting connection, non-blocking with TCP_NODELAY; closed Fd when there is none.
Fd accept_next(int listener);

// Raises the limit of open files to what the kernel allows this process.
void raise_file_limit();

class Epoll {
 public:
  static Result<Epoll> create();
  // Edge-triggered; `owner` comes back in epoll_event.data.ptr.
  Result<> watch(int fd, std::uint32_t events, void* owner);
  int fd() const { return fd_.get(); }

 private:
  explicit Epoll(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace seine::bench
