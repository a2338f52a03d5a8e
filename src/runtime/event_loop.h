// SPDX-License-Identifier: Apache-2.0
// One loop, one thread. A turn is: wait for readiness (edge-triggered epoll), mark it, run due
// timers, resume the ready coroutines, then run the turn-end hooks, where each connection flushes
// once. Coroutines are resumed from the ready queue alone, never from a callback or a destructor.
//
// All members but stop() belong to the thread that calls run().
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "runtime/buffer.h"
#include "runtime/list.h"
#include "runtime/timer_wheel.h"
#include "runtime/wake.h"

namespace seine::runtime {

// A suspended coroutine that waits for its turn; unlinks itself when destroyed.
class ReadyNode : public ListNode {
 public:
  std::coroutine_handle<> handle;
};

// Called once at the end of the turn in which it was scheduled.
class TurnEndHook : public ListNode {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~TurnEndHook() = default;
};

// Told of epoll events on one descriptor. on_events() may only set flags and wake.
class FdWatcher {
 public:
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  ~FdWatcher() = default;
};

class EventLoop {
 public:
  // `clock` outlives the loop. CHECKs that the kernel gives it an epoll descriptor.
  explicit EventLoop(const Clock& clock);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Until stop(). What is still suspended then stays suspended and dies with its owner.
  void run();
  // Any thread.
  void stop();
  // One turn; waits for events only if `may_block` and nothing is ready. Returns whether a
  // coroutine was resumed or a hook run. For tests and for run().
  bool run_turn(bool may_block);

  // The time at the start of this turn.
  TimePoint now() const { return now_; }
  const Clock& clock() const { return clock_; }
  BlockPool& pool() { return pool_; }

  void schedule(ReadyNode& node) { ready_.push_back(node); }
  void schedule_at_turn_end(TurnEndHook& hook) {
    if (!hook.linked()) turn_end_.push_back(hook);
  }
  // Fires `after` from now() at the earliest.
  void add_timer(TimerNode& node, Duration after) { timers_.add(node, now_ + after); }
  void add_timer_at(TimerNode& node, TimePoint when) { timers_.add(node, when); }

  // Edge-triggered, all of EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR. The watcher is
  // borrowed until unwatch(); a descriptor is unwatched before it is closed.
  Result<void> watch(int fd, FdWatcher& watcher);
  void unwatch(int fd);

 private:
  int wait_timeout(bool may_block) const;
  void poll_events(int timeout_ms);
  bool resume_ready();

  const Clock& clock_;
  TimePoint now_;
  int epoll_fd_ = -1;
  int stop_fd_ = -1;
  std::atomic<bool> stopped_{false};
  BlockPool pool_;
  TimerWheel timers_;
  List<ReadyNode> ready_;
  List<TurnEndHook> turn_end_;
};

// A Wakeable on which one coroutine waits: `co_await waker.wait()` returns at once if on_wake()
// came since the last wait, so a wake between polling and waiting is never lost.
class Waker final : public Wakeable {
 public:
  explicit Waker(EventLoop& loop) : loop_(loop) {}
  void on_wake() override {
    if (woken_) return;
    woken_ = true;
    if (node_.handle) loop_.schedule(node_);
  }

  struct Awaiter {
    Waker& waker;
    bool await_ready() const noexcept { return waker.woken_; }
    void await_suspend(std::coroutine_handle<> handle) noexcept { waker.node_.handle = handle; }
    void await_resume() noexcept {
      waker.woken_ = false;
      waker.node_.handle = nullptr;
    }
  };
  Awaiter wait() { return Awaiter{*this}; }
  EventLoop& loop() { return loop_; }

 private:
  EventLoop& loop_;
  ReadyNode node_;
  bool woken_ = false;
};

// `co_await yield(loop)`: lets everything that is ready run first.
struct Yield {
  EventLoop& loop;
  ReadyNode node;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    node.handle = handle;
    loop.schedule(node);
  }
  void await_resume() const noexcept {}
};
inline Yield yield(EventLoop& loop) {
  return Yield{loop, {}};
}

}  // namespace seine::runtime
