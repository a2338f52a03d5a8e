// SPDX-License-Identifier: Apache-2.0
// A UDP socket on a loop. Datagrams keep their borders; they may be lost, doubled and reordered,
// so whoever waits for an answer wraps recv_from() in with_deadline() and asks again.
//
//   auto socket = DatagramSocket::connected(loop, server);
//   (*socket)->send(query);
//   auto answer = co_await with_deadline(loop, 2s, ErrorCode::kTimeout, "dns answer",
//                                        (*socket)->recv_from(buffer));
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/net.h"
#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::runtime {

class DatagramSocket final : private FdWatcher {
 public:
  struct Received {
    SocketAddr from;  // unmapped
    std::size_t size = 0;
    bool truncated = false;  // the datagram was longer than the buffer; its rest is lost
  };

  // Bound to `local` (port 0: any), open to every peer. Errors kUnavailable: the address
  // is taken; kInvalidConfig: it is not ours or needs a privilege.
  static Result<std::unique_ptr<DatagramSocket>> bound(EventLoop& loop, const SocketAddr& local);
  // One that is bound already, in another network namespace, say. Takes over a non-blocking
  // descriptor.
  static Result<std::unique_ptr<DatagramSocket>> adopt(EventLoop& loop, int fd);
  // From a random port to one peer: datagrams of others are dropped by the kernel, and a refusal
  // (ICMP port unreachable) comes back as an error of the next call. Error kConnect.
  static Result<std::unique_ptr<DatagramSocket>> connected(EventLoop& loop, const SocketAddr& peer);
  ~DatagramSocket();
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  // Never waits: a full send buffer is an error like any other (kWrite, EAGAIN), as the network
  // might have lost the datagram too.
  Result<void> send_to(std::span<const std::byte> bytes, const SocketAddr& to);
  // Only on a connected() one.
  Result<void> send(std::span<const std::byte> bytes);

  // The next datagram; `into` outlives the task. One receiver at a time. Errors kConnectRefused
  // and kRead concern one datagram: the socket stays usable.
  Task<Result<Received>> recv_from(std::span<std::byte> into);

  // The bound address, with the port the kernel gave.
  const SocketAddr& addr() const { return addr_; }

 private:
  DatagramSocket(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {}
  static Result<std::unique_ptr<DatagramSocket>> open(EventLoop& loop, const SocketAddr& addr,
                                                      bool to_peer);
  void on_events(std::uint32_t events) override;
  Result<void> transmit(std::span<const std::byte> bytes, const SocketAddr* to);

  EventLoop& loop_;
  int fd_;
  SocketAddr addr_;
  bool readable_ = false;
  WakeSlot slot_;
};

}  // namespace seine::runtime
