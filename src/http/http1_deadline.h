// SPDX-License-Identifier: Apache-2.0
// A point in time after which a coroutine that waits on a Waker wants to look again.
#pragma once

#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/timer_wheel.h"

namespace seine::http {

class Deadline final : public runtime::TimerNode {
 public:
  // `waker` outlives it, and is woken when the deadline passes.
  explicit Deadline(runtime::Waker& waker) : waker_(waker) {}

  // From now on; zero: never. Replaces the one before.
  void set(Duration after) {
    passed_ = false;
    if (after > Duration::zero()) {
      waker_.loop().add_timer(*this, after);
    } else {
      unlink();
    }
  }
  void clear() { set(Duration::zero()); }
  bool pending() const { return linked(); }
  bool passed() const { return passed_; }
  void on_timer() override {
    passed_ = true;
    waker_.on_wake();
  }

 private:
  runtime::Waker& waker_;
  bool passed_ = false;
};

}  // namespace seine::http
