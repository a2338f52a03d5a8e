// SPDX-License-Identifier: Apache-2.0
// Messages of one stream that have come and are not applied yet: those that wait, and those that
// are being applied. They are bounded in number and in octets; whoever reads waits for room before
// the next one, so that a sender who is ahead of the store is slowed down. One loop.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/channel.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/wake.h"

namespace seine::dive {

// Read ahead of the store.
inline constexpr std::size_t kMaxTakenAtOnce = 32;
// With so many nothing more is read: what is held is this and one message.
inline constexpr std::size_t kMaxTakenOctets = std::size_t{8} << 20;

// Outlives the tasks that use it. One who reads, one who takes.
template <class Message>
class ReadAhead {
 public:
  explicit ReadAhead(runtime::EventLoop& loop) : loop_(loop), waiting_(loop, kMaxTakenAtOnce) {}

  runtime::Task<void> wait_for_room() {
    runtime::Waker waker(loop_);
    while (octets_ >= kMaxTakenOctets) {
      room_.arm(waker);
      co_await waker.wait();
    }
  }
  // False: it has been closed.
  [[clang::coro_wrapper]] runtime::Task<bool> add(Message message) {
    octets_ += message.ByteSizeLong();
    return waiting_.send(std::move(message));
  }
  // There are no more.
  void close() { waiting_.close(); }

  // As many as have come, at least one; none: there are no more. Those that it gave before have
  // been applied.
  runtime::Task<std::vector<Message>> take() {
    octets_ -= std::exchange(taken_, 0);
    room_.wake();
    std::vector<Message> out;
    auto message = co_await waiting_.receive();
    while (message) {
      taken_ += message->ByteSizeLong();
      out.push_back(*std::move(message));
      message = waiting_.try_receive();
    }
    co_return out;
  }

 private:
  runtime::EventLoop& loop_;
  runtime::Channel<Message> waiting_;
  std::size_t octets_ = 0;  // of those that wait and those that were taken
  std::size_t taken_ = 0;
  runtime::WakeSlot room_;
};

}  // namespace seine::dive
