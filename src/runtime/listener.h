// SPDX-License-Identifier: Apache-2.0
// A listening TCP or unix socket on a loop.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <string>

#include "base/net.h"
#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/socket.h"
#include "runtime/task.h"

namespace seine::runtime {

struct ListenOptions {
  int backlog = 1024;
  bool reuse_port = false;  // one listener per core on the same port
  // Descriptors that accepting leaves to the rest of the process, which needs some to go on.
  std::size_t spare_files = 0;
  // SO_MARK, of the connections it accepts too; zero: none.
  std::uint32_t mark = 0;
};

class Listener final : private FdWatcher {
 public:
  static constexpr int kBurst = 64;

  // Errors kUnavailable: the address is taken; kInvalidConfig: it is not ours or needs a privilege.
  static Result<std::unique_ptr<Listener>> tcp(EventLoop& loop, const SocketAddr& addr,
                                               ListenOptions options);
  // What another part of the program, or another process, listens on already: a socket made in
  // another network namespace, say. Takes over a non-blocking descriptor.
  static Result<std::unique_ptr<Listener>> adopt(EventLoop& loop, int fd);
  // Mode 0600. A stale socket file of a dead process is replaced; one in use (kUnavailable), or a
  // file that is no socket (kInvalidConfig), is an error.
  static Result<std::unique_ptr<Listener>> unix_socket(EventLoop& loop, const std::string& path);
  ~Listener();

  // The next connection. Transient trouble (ECONNABORTED) is passed over; running out of
  // descriptors, but for the spare ones, pauses for 50 ms and is counted in exhausted(): whoever
  // comes then waits in the backlog. After kBurst connections in a row the rest of the loop gets a
  // turn. Fails once close() was called. One caller at a time.
  Task<Result<std::unique_ptr<Socket>>> accept();
  // Stops listening at once; a pending accept() ends with kShutdown.
  void close();

  // The bound address: with port 0 asked for, the port given. Unspecified for a unix socket.
  const SocketAddr& addr() const { return addr_; }
  std::uint64_t exhausted() const { return exhausted_; }

 private:
  Listener(EventLoop& loop, int fd, SocketAddr addr, std::string unlink_path);
  void on_events(std::uint32_t events) override;
  bool only_spare_files_left() const;

  EventLoop& loop_;
  int fd_;
  int first_spare_ = std::numeric_limits<int>::max();  // descriptors from here on are spare
  int last_accepted_ = -1;
  SocketAddr addr_;
  std::string unlink_path_;
  bool ready_ = true;
  int burst_ = 0;  // connections given out since the last pause
  std::uint64_t exhausted_ = 0;
  WakeSlot slot_;
};

}  // namespace seine::runtime
