// SPDX-License-Identifier: Apache-2.0
#include "runtime/forward.h"

#include <utility>

namespace seine::runtime {

namespace {

// After so many bytes in a row a busy pair lets the other connections run.
constexpr std::size_t kYieldAfter = 256 * 1024;

// One direction. Holds a block only while it has bytes in hand.
class Pump {
 public:
  Pump(Stream& from, Stream& to, Bytes first, ErrorOrigin from_origin, ErrorOrigin to_origin)
      : from_(from),
        to_(to),
        held_(std::move(first)),
        from_origin_(from_origin),
        to_origin_(to_origin) {}

  bool done() const { return done_; }
  // Whether all that `from` sends has been read.
  bool ended() const { return eof_; }

  // Moves what can be moved; arms `waker` where it has to wait. True if it stopped only to let
  // others run.
  Result<bool> run(BlockPool& pool, Waker& waker) {
    std::size_t moved = 0;
    while (!done_) {
      if (held_.empty() && !eof_) {
        const IoResult read = read_block(from_, pool, held_);
        if (read.status == IoResult::Status::kError) {
          return fail(from_.error().with_context("forwarding").from(from_origin_));
        }
        if (read.status == IoResult::Status::kWouldBlock) {
          from_.arm_read(waker);
          return false;
        }
        if (read.status == IoResult::Status::kEof) eof_ = true;
      }
      if (held_.empty()) {
        to_.shutdown_write();
        done_ = true;
        return false;
      }
      const iovec piece{const_cast<std::byte*>(held_.data()), held_.size()};
      const IoResult written = to_.try_write({&piece, 1});
      if (written.status == IoResult::Status::kWouldBlock) {
        to_.arm_write(waker);
        return false;
      }
      if (written.status != IoResult::Status::kOk) {
        return fail(to_.error().with_context("forwarding").from(to_origin_));
      }
      held_.remove_prefix(written.bytes);
      if (held_.empty()) held_ = Bytes();
      moved += written.bytes;
      if (moved >= kYieldAfter) return true;
    }
    return false;
  }

 private:
  Stream& from_;
  Stream& to_;
  Bytes held_;
  const ErrorOrigin from_origin_;
  const ErrorOrigin to_origin_;
  bool eof_ = false;
  bool done_ = false;
};

// Dropped in the middle, at the end of a drain: a plain end could pass for that of the bytes.
struct ResetUnlessOver {
  Stream& client;
  Stream& server;
  bool is_over = false;
  ~ResetUnlessOver() {
    if (is_over) return;
    client.abort();
    server.abort();
  }
};

// Whether `side`, which has finished sending and is still owed `to_side`, has vanished. Nothing is
// read from it any more, and nothing may come that could be written, so nothing else would tell.
bool gone(const Pump& from_side, const Pump& to_side, Stream& side, Waker& waker) {
  if (!from_side.done() || to_side.done()) return false;
  if (side.hung_up()) return true;
  side.arm_hangup(waker);
  return false;
}

}  // namespace

Task<Result<void>> forward_tcp(EventLoop& loop, Stream& client, Bytes client_bytes,
                               Stream& server) {
  ResetUnlessOver reset{client, server};
  Waker waker(loop);
  Pump up(client, server, std::move(client_bytes), ErrorOrigin::kDownstream,
          ErrorOrigin::kUpstream);
  Pump down(server, client, {}, ErrorOrigin::kUpstream, ErrorOrigin::kDownstream);
  while (!up.done() || !down.done()) {
    bool busy = false;
    for (Pump* pump : {&up, &down}) {
      const Result<bool> result = pump->run(loop.pool(), waker);
      if (!result) co_return fail(result.error());
      busy = busy || *result;
    }
    if (busy) {
      co_await yield(loop);
    } else if (!up.done() || !down.done()) {
      const bool client_gone = gone(up, down, client, waker);
      if (client_gone || gone(down, up, server, waker)) {
        co_return fail(make_error(ErrorCode::kRead, "forwarding: reset after a half-close")
                           .from(client_gone ? ErrorOrigin::kDownstream : ErrorOrigin::kUpstream));
      }
      co_await waker.wait();
    }
  }
  reset.is_over = true;
  co_return Result<void>();
}

}  // namespace seine::runtime
