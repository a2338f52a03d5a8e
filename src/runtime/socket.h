// SPDX-License-Identifier: Apache-2.0
// TCP and unix stream sockets on a loop. Readiness is remembered between epoll edges, so a read
// that would answer EAGAIN is not issued: a short read means the kernel has no more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/net.h"
#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::runtime {

struct SocketOptions {
  Duration keepalive{};     // TCP_KEEPIDLE and KEEPINTVL; zero: off
  Duration user_timeout{};  // TCP_USER_TIMEOUT; zero: the kernel's
  // SO_MARK, by which firewall rules know our connections; zero: none. Takes CAP_NET_ADMIN, and a
  // connection that cannot be marked fails.
  std::uint32_t mark = 0;
};

class Socket final : public Stream, private FdWatcher {
 public:
  // Takes over a non-blocking descriptor, closes it at the end. `connected`: false while connect(2)
  // is under way; then it is not writable until the kernel says so. If the descriptor cannot be
  // watched the socket is broken from the start: reads and writes fail, last_errno() says why.
  Socket(EventLoop& loop, int fd, bool connected = true);
  ~Socket() override;

  IoResult try_read(std::span<std::byte> into) override;
  IoResult try_write(std::span<const iovec> pieces) override;
  void arm_read(Wakeable& who) override;
  void arm_write(Wakeable& who) override;
  void arm_hangup(Wakeable& who) override;
  bool hung_up() const override { return hung_up_; }
  void arm_peer_finished(Wakeable& who) override;
  void shutdown_write() override;
  void abort() override;
  Error error() const override;

  // TCP_NODELAY, keepalive, user timeout; failures are ignored (a unix socket has none of them).
  void apply(const SocketOptions& options);

  int fd() const { return fd_; }
  // Addresses are unmapped (::ffff:a.b.c.d is a.b.c.d).
  Result<SocketAddr> local_addr() const;
  Result<SocketAddr> peer_addr() const;
  // SO_ORIGINAL_DST / IP6T_SO_ORIGINAL_DST: where the connection went before it was redirected.
  // Without redirection: the local address.
  Result<SocketAddr> original_dst() const;
  // Bytes since the start, as this process saw them.
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }
  // errno of the last failed call, 0 if none.
  int last_errno() const { return errno_; }

 private:
  void on_events(std::uint32_t events) override;
  IoResult failure(int err, bool on_write);
  void break_off(int err);

  EventLoop& loop_;
  int fd_;
  bool readable_ = false;
  bool writable_;
  bool peer_closed_ = false;  // an EOF is waiting: reads go on until they see it
  bool hung_up_ = false;
  // The connection is lost, so that an end of the bytes is no clean end.
  bool broken_ = false;
  bool failed_on_write_ = false;
  int errno_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  WakeSlot read_slot_;
  WakeSlot write_slot_;
  WakeSlot hangup_slot_;
  WakeSlot finished_slot_;
};

// SO_MARK on a socket; nothing for a mark of zero. Error kConnect with the errno: EPERM without
// CAP_NET_ADMIN.
Result<void> set_mark(int fd, std::uint32_t mark);

// A TCP connection to `to`. Errors kConnectRefused or kConnect with the errno. No timeout: wrap it
// in with_deadline().
Task<Result<std::unique_ptr<Socket>>> connect_tcp(EventLoop& loop, SocketAddr to,
                                                  SocketOptions options);
Task<Result<std::unique_ptr<Socket>>> connect_unix(EventLoop& loop, std::string path);

// `co_await read_ready(stream, waker)`: arm, then wait.
inline Waker::Awaiter read_ready(Stream& stream, Waker& waker) {
  stream.arm_read(waker);
  return waker.wait();
}
inline Waker::Awaiter write_ready(Stream& stream, Waker& waker) {
  stream.arm_write(waker);
  return waker.wait();
}

}  // namespace seine::runtime
