// SPDX-License-Identifier: Apache-2.0
// Stream: bytes both ways without blocking. A socket is one, TLS over a stream is one, a test's
// pipe is one. One loop, at most one reader and one writer.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/error.h"
#include "runtime/buffer.h"
#include "runtime/wake.h"

namespace seine::runtime {

struct IoResult {
  enum class Status : std::uint8_t { kOk, kWouldBlock, kEof, kError };
  Status status = Status::kWouldBlock;
  std::size_t bytes = 0;  // kOk: at least 1

  static IoResult ok(std::size_t n) { return {Status::kOk, n}; }
  static IoResult would_block() { return {Status::kWouldBlock, 0}; }
  static IoResult eof() { return {Status::kEof, 0}; }
  static IoResult error() { return {Status::kError, 0}; }
};

class Stream {
 public:
  virtual ~Stream() = default;

  // Reads what is there. kWouldBlock costs no system call when readiness is known to be absent;
  // then arm_read() and wait. kEof: the peer sends no more. kError: see error().
  virtual IoResult try_read(std::span<std::byte> into) = 0;
  // Takes a part of the pieces, in order. kWouldBlock: arm_write() and wait.
  virtual IoResult try_write(std::span<const iovec> pieces) = 0;

  // Wake once when try_read/try_write may give something other than kWouldBlock.
  virtual void arm_read(Wakeable& who) = 0;
  virtual void arm_write(Wakeable& who) = 0;
  // Wakes once when the connection is dead both ways (reset, not a mere half-close).
  virtual void arm_hangup(Wakeable& who) = 0;
  // Whether the connection is dead both ways.
  virtual bool hung_up() const = 0;

  // Wakes once when the peer has said that it sends no more (FIN): a half-close, or an ordinary
  // close by a peer that has nothing unread. What it sent before may still be unread. Under TLS
  // this is the transport's end.
  virtual void arm_peer_finished(Wakeable& who) = 0;
  // No more writes; what was written still arrives (FIN, close_notify).
  virtual void shutdown_write() = 0;
  // Drops the connection with a reset where the transport has one, so that the peer cannot take
  // what it has for the whole.
  virtual void abort() = 0;

  // Why the last kError was, stage and cause included. Only after a kError.
  virtual Error error() const = 0;
};

// Reads up to one block; *out holds the bytes on kOk. A block is held only if something came.
IoResult read_block(Stream& stream, BlockPool& pool, Bytes& out);

}  // namespace seine::runtime
