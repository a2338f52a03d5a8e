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

#include "base/check.h"
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

// Told of turns that kept everyone else waiting.
class StallWatcher {
 public:
  virtual void on_stall(Duration took) = 0;

 protected:
  ~StallWatcher() = default;
};

class EventLoop {
 public:
  // A turn that runs coroutines and hooks for longer is a stall.
  static constexpr Duration kStall = std::chrono::milliseconds(100);

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

  // Runs in this turn. The order among the ready is nobody's to rely on.
  void schedule(ReadyNode& node) {
    if (kDebug && shuffle_ != 0 && coin()) {
      ready_.push_front(node);
    } else {
      ready_.push_back(node);
    }
  }
  // Runs in the next turn: first this one flushes, and the kernel is asked for events.
  void schedule_next_turn(ReadyNode& node) { next_turn_.push_back(node); }
  void schedule_at_turn_end(TurnEndHook& hook) {
    if (!hook.linked()) turn_end_.push_back(hook);
  }
  // Fires `after` from now() at the earliest.
  void add_timer(TimerNode& node, Duration after) {
    timers_.add(node, after < TimePoint::max() - now_ ? now_ + after : TimePoint::max());
  }
  void add_timer_at(TimerNode& node, TimePoint when) { timers_.add(node, when); }

  // Edge-triggered, all of EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR. The watcher is
  // borrowed until unwatch(); a descriptor is unwatched before it is closed.
  Result<void> watch(int fd, FdWatcher& watcher);
  void unwatch(int fd);

  // Both do nothing unless built with SEINE_DEBUG_LOOP (all presets but release).
  // Hears once of every stalled turn, at its end. Borrowed.
  void set_stall_watcher(StallWatcher* watcher) { stall_watcher_ = watcher; }
  // Resumes the ready in an order drawn from `seed`; 0: in the order they became ready.
  void shuffle(std::uint64_t seed) { shuffle_ = seed; }

 private:
#ifdef SEINE_DEBUG_LOOP
  static constexpr bool kDebug = true;
#else
  static constexpr bool kDebug = false;
#endif
  bool coin();
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
  List<ReadyNode> next_turn_;
  List<TurnEndHook> turn_end_;
  StallWatcher* stall_watcher_ = nullptr;
  std::uint64_t shuffle_ = 0;
};

// A Wakeable on which one coroutine waits: `co_await waker.wait()` returns at once if on_wake()
// came since the last wait, so a wake between polling and waiting is never lost. It may be armed in
// several slots, hence a wake is a hint: look, and wait again if there is nothing. Outlives whoever
// waits on it.
class Waker final : public Wakeable {
 public:
  explicit Waker(EventLoop& loop) : loop_(loop) {}
  void on_wake() override {
    if (woken_) return;
    woken_ = true;
    if (node_.handle) loop_.schedule(node_);
  }

  class [[nodiscard]] Awaiter {
   public:
    explicit Awaiter(Waker& waker) : waker_(waker) {}
    // A coroutine that is destroyed while it waits leaves the wake for the next one.
    ~Awaiter() {
      if (suspended_) waker_.forget();
    }
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

    bool await_ready() const noexcept { return waker_.woken_; }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      SEINE_CHECK(!waker_.node_.handle, "two coroutines wait on one waker");
      waker_.node_.handle = handle;
      suspended_ = true;
    }
    void await_resume() noexcept { waker_.woken_ = false; }

   private:
    Waker& waker_;
    bool suspended_ = false;
  };
  Awaiter wait() { return Awaiter(*this); }
  EventLoop& loop() { return loop_; }

 private:
  void forget() {
    node_.unlink();
    node_.handle = nullptr;
  }

  EventLoop& loop_;
  ReadyNode node_;
  bool woken_ = false;
};

// `co_await yield(loop)`: goes on in the next turn, after all that is ready now, a flush of every
// connection and a look at the kernel's events.
struct Yield {
  EventLoop& loop;
  ReadyNode node;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    node.handle = handle;
    loop.schedule_next_turn(node);
  }
  void await_resume() const noexcept {}
};
inline Yield yield(EventLoop& loop) {
  return Yield{loop, {}};
}

}  // namespace seine::runtime
