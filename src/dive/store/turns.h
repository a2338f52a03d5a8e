// SPDX-License-Identifier: Apache-2.0
// Who writes for a cluster: one after the other, first come first served. Two transactions that
// write the same rows of PostgreSQL would otherwise cross, and one be done in vain; other processes
// are left to that.
//
// One loop. Turns, and tasks of take(), die before it.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/task.h"

namespace seine::dive {

class Turns {
 public:
  // Its death is the end of the turn.
  class Turn {
   public:
    Turn(Turns& turns, std::int64_t cluster) : turns_(&turns), cluster_(cluster) {}
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), cluster_(other.cluster_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->end(cluster_);
    }

   private:
    Turns* turns_;
    std::int64_t cluster_;
  };

  explicit Turns(runtime::EventLoop& loop) : loop_(loop) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  runtime::Task<Turn> take(std::int64_t cluster) {
    Line& line = lines_[cluster];
    if (std::exchange(line.taken, true)) {
      Waiter self(*this, cluster);
      line.waiters.push_back(self);
      while (!self.given) co_await self.waker.wait();
      self.given = false;
    }
    co_return Turn(*this, cluster);
  }

 private:
  // If it dies between being given the turn and its own, the turn goes on to the next.
  struct Waiter : runtime::ListNode {
    Waiter(Turns& t, std::int64_t c) : turns(t), cluster(c), waker(t.loop_) {}
    ~Waiter() {
      unlink();
      if (given) turns.end(cluster);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Turns& turns;
    const std::int64_t cluster;
    runtime::Waker waker;
    bool given = false;
  };
  struct Line {
    bool taken = false;
    runtime::List<Waiter> waiters;
  };

  void end(std::int64_t cluster) {
    Line& line = lines_[cluster];
    line.taken = !line.waiters.empty();
    if (!line.taken) return;
    Waiter& next = line.waiters.pop_front();
    next.given = true;
    next.waker.on_wake();
  }

  runtime::EventLoop& loop_;
  std::map<std::int64_t, Line> lines_;
};

}  // namespace seine::dive
