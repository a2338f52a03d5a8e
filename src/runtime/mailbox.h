// SPDX-License-Identifier: Apache-2.0
// Mailbox<T>: values from any thread to one loop. post() moves a value in, receive() takes all that
// came. Nothing is shared afterwards. Bounded: a full box refuses, and says so.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::runtime {

// The untyped half: an eventfd on the receiving loop.
class MailboxBell final : private FdWatcher {
 public:
  explicit MailboxBell(EventLoop& loop);
  ~MailboxBell();
  void ring();              // any thread
  void arm(Wakeable& who);  // receiver's thread
  // Receiver's thread: forgets past rings. Call it before looking at what they announced.
  void quiet() { rung_ = false; }

 private:
  void on_events(std::uint32_t events) override;
  EventLoop& loop_;
  int fd_;
  bool rung_ = false;
  WakeSlot slot_;
};

template <class T>
class Mailbox {
 public:
  // Lives on `loop`, which is the receiver's. Senders must stop before it dies.
  explicit Mailbox(EventLoop& loop, std::size_t capacity = 65536)
      : loop_(loop), capacity_(capacity), bell_(loop) {}

  // Any thread. False: the box is full and `value` was dropped.
  bool post(T value) {
    {
      const std::lock_guard lock(mutex_);
      if (values_.size() >= capacity_) return false;
      values_.push_back(std::move(value));
      // Whoever put the first one in rings, or is about to; the receiver empties the box whole.
      if (values_.size() > 1) return true;
    }
    bell_.ring();
    return true;
  }

  // All values since the last call, at least one. Receiver's thread.
  Task<std::vector<T>> receive() {
    Waker waker(loop_);
    for (;;) {
      std::vector<T> values = take();
      if (!values.empty()) co_return values;
      bell_.arm(waker);
      co_await waker.wait();
    }
  }
  // The same without waiting; may be empty.
  std::vector<T> take() {
    bell_.quiet();
    std::vector<T> values;
    const std::lock_guard lock(mutex_);
    values.swap(values_);
    return values;
  }

 private:
  EventLoop& loop_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::vector<T> values_;
  MailboxBell bell_;
};

}  // namespace seine::runtime
