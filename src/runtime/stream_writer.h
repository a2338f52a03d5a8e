// SPDX-License-Identifier: Apache-2.0
// StreamWriter: everything written to a connection in one turn leaves in one flush at its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"

namespace seine::runtime {

class StreamWriter final : private TurnEndHook, private Wakeable {
 public:
  // Above kHighWater queued bytes a producer should wait; it is woken below kLowWater. While the
  // process holds more than it may, it waits above kLowWater already.
  static constexpr std::size_t kHighWater = 64 * 1024;
  static constexpr std::size_t kLowWater = 16 * 1024;

  // While the process holds more than it may (runtime/byte_budget.h), a peer that has taken less
  // than kLeastTaken of what waits for it since the last look, once in kLook, is given up.
  static constexpr Duration kLook = std::chrono::seconds(10);
  static constexpr std::size_t kLeastTaken = 1024;

  // Both outlive the writer; a writer dies without flushing.
  StreamWriter(EventLoop& loop, Stream& stream)
      : loop_(loop), stream_(stream), queue_(loop.pool()) {}

  // After a failure what is written is dropped: nobody will ever take it.
  void write(std::string_view text) {
    if (failed_) return;
    queue_.append(text);
    if (!filling_) touch();
  }
  void write(Bytes bytes) {
    if (failed_) return;
    queue_.append(std::move(bytes));
    if (!filling_) touch();
  }
  // Shuts the stream's writing side down at the end of the turn in which all has left: what is
  // queued and what the source still has.
  void finish() {
    finishing_ = true;
    touch();
  }
  // Whoever makes its output late: an HTTP/2 session writes its frames in fill(), just before the
  // flush of a turn in which touch() was called. True: it stopped at full() and has more; then it
  // is asked again once the peer has taken something. False: it has nothing until it calls
  // touch(). It may not destroy the writer. Borrowed.
  class Source {
   public:
    virtual bool fill() = 0;

   protected:
    ~Source() = default;
  };
  void set_source(Source* source) { source_ = source; }
  // Schedules a flush (and a fill of the source) at the end of this turn.
  void touch() { loop_.schedule_at_turn_end(*this); }
  // Sends what is queued now (and, after finish(), shuts down if that was all), without waiting for
  // the end of the turn and without asking the source.
  void flush();

  std::size_t queued() const { return queue_.size(); }
  bool full() const {
    const std::size_t queued = queue_.size();
    return queued >= kLowWater && (queued >= kHighWater || loop_.pool().is_over_budget());
  }
  // Nothing queued, nothing left with the source, nothing failed, and after finish() the shutdown
  // done.
  bool idle() const {
    const bool source_unasked = source_ != nullptr && (source_has_more_ || linked());
    return !failed_ && queue_.empty() && !source_unasked && finishing_ == finished_;
  }
  bool failed() const { return failed_; }
  // Failed for want of memory; the stream has not failed, and should be aborted.
  bool is_given_up() const { return given_up_; }
  // Bytes the stream has taken so far.
  std::uint64_t sent() const { return sent_; }
  Error error() const;

  // Wakes `who` once: the queue fell below kLowWater, or the stream failed.
  void arm_drained(Wakeable& who);
  // Wakes `who` once everything has left (or the stream failed).
  void arm_idle(Wakeable& who);
  // Wakes `who` once the stream has failed (at once if it has).
  void arm_failed(Wakeable& who);

 private:
  void on_turn_end() override;
  void on_wake() override { touch(); }
  void send();
  void fail_now();
  void look();
  void shut_down_if_done();
  void tell_waiters();

  struct Look final : TimerNode {
    explicit Look(StreamWriter& owner) : writer(owner) {}
    void on_timer() override { writer.look(); }
    StreamWriter& writer;
  };

  EventLoop& loop_;
  Stream& stream_;
  OutQueue queue_;
  Source* source_ = nullptr;
  bool source_has_more_ = false;
  bool filling_ = false;  // what fill() writes leaves behind it in the same turn
  bool blocked_ = false;
  bool finishing_ = false;
  bool finished_ = false;
  bool failed_ = false;
  bool given_up_ = false;
  WakeSlot drained_;
  WakeSlot idle_;
  WakeSlot failure_;
  std::uint64_t sent_ = 0;
  std::uint64_t sent_at_look_ = 0;
  Look look_{*this};  // linked since the stream last blocked
};

}  // namespace seine::runtime
