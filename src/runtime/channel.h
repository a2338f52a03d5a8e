// SPDX-License-Identifier: Apache-2.0
// Channel<T>: a bounded queue between coroutines of one loop. Senders wait while it is full, the
// receiver while it is empty; close() from either side ends both. Across loops: Mailbox.
//
//   Channel<Update> updates(loop, 8);
//   if (!co_await updates.send(std::move(update))) ...        // the other side closed it
//   while (auto update = co_await updates.receive()) ...      // until closed and empty
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/check.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/task.h"

namespace seine::runtime {

// Outlives the tasks that send and receive. Any number of senders, one receiver at a time.
template <class T>
class Channel {
 public:
  Channel(EventLoop& loop, std::size_t capacity) : loop_(loop), capacity_(capacity) {
    SEINE_CHECK(capacity > 0, "a channel of no capacity passes nothing");
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Waits for room. False: the channel was closed and `value` dropped. Values of one sender keep
  // their order.
  Task<bool> send(T value) {
    if (!closed_ && full()) {
      Waker waker(loop_);
      Sender self{waker};
      // Everyone is told of room and looks for himself: a sender cancelled between its wake and
      // its turn takes nobody's place along.
      while (!closed_ && full()) {
        senders_.push_back(self);
        co_await waker.wait();
      }
    }
    co_return try_send(std::move(value));
  }
  // The same without waiting. False: full or closed, and `value` dropped.
  bool try_send(T value) {
    if (closed_ || full()) return false;
    values_.push_back(std::move(value));
    receiver_.wake();
    return true;
  }

  // The next value; nothing once the channel is closed and empty.
  Task<std::optional<T>> receive() {
    if (values_.empty() && !closed_) {
      Waker waker(loop_);
      while (values_.empty() && !closed_) {
        receiver_.arm(waker);
        co_await waker.wait();
      }
    }
    co_return try_receive();
  }
  // The same without waiting: nothing also if it is empty for now.
  std::optional<T> try_receive() {
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    wake_senders();
    return value;
  }
  // For whoever polls: wakes `who` once there is a value or the channel is closed.
  void arm_receive(Wakeable& who) {
    receiver_.arm(who);
    if (!values_.empty() || closed_) receiver_.wake();
  }

  // No more values; those inside are still received.
  void close() {
    closed_ = true;
    receiver_.wake();
    wake_senders();
  }

  bool closed() const { return closed_; }
  bool full() const { return values_.size() >= capacity_; }
  std::size_t size() const { return values_.size(); }

 private:
  struct Sender : ListNode {
    explicit Sender(Waker& w) : waker(w) {}
    Waker& waker;
  };
  void wake_senders() {
    while (!senders_.empty()) senders_.pop_front().waker.on_wake();
  }

  EventLoop& loop_;
  const std::size_t capacity_;
  std::deque<T> values_;
  bool closed_ = false;
  WakeSlot receiver_;
  List<Sender> senders_;
};

}  // namespace seine::runtime
