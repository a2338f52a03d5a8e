// SPDX-License-Identifier: Apache-2.0
// A loop whose time a test moves by hand.
//
//   TestLoop t;
//   Result<int> r = t.run(do_it(t.loop));   // runs turns until the task is done
//   t.advance(10s);                         // fires timers, runs what they made ready
//
// The ready queue is shuffled. SEINE_LOOP_SEED in the environment picks the order: a number, "0"
// for none, or "random", which prints the seed it chose; 1 if unset, so that a failure comes back.
#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/task_scope.h"

namespace seine::runtime::testing {

std::uint64_t loop_seed();

class TestLoop {
 public:
  TestLoop() { loop.shuffle(loop_seed()); }

  ManualClock clock;
  EventLoop loop{clock};

  // Turns until nothing is ready. Real file descriptors may still have events under way.
  void settle() {
    for (int i = 0; i < 100'000; ++i) {
      if (!loop.run_turn(/*may_block=*/false) && !loop.run_turn(/*may_block=*/false)) return;
    }
    SEINE_CHECK(false, "the loop never comes to rest");
  }
  // In steps of at most `step`, so that timers which set timers see a time near their own.
  void advance(Duration by, Duration step = std::chrono::milliseconds(10)) {
    settle();
    while (by > Duration::zero()) {
      const Duration now = by < step ? by : step;
      clock.advance(now);
      by -= now;
      settle();
    }
  }
  // Runs turns until `task` is done; CHECKs that it does not wait for time that never moves.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    TaskScope scope(loop, [](Error) {});
    scope.spawn(store(std::move(task), result));
    turn_until([&result] { return result.has_value(); });
    SEINE_CHECK(result.has_value(), "the task waits for something that does not come");
    return std::move(*result);
  }
  void run(Task<void> task) {
    TaskScope scope(loop, [](Error) {});
    scope.spawn(std::move(task));
    turn_until([&scope] { return scope.size() == 0; });
    SEINE_CHECK(scope.size() == 0, "the task waits for something that does not come");
  }

 private:
  // Most are done within some turns. What is on the way through the kernel, or in the hands of
  // another thread, needs that others run: some 20 s in all, on a machine that others use, too.
  template <class IsDone>
  void turn_until(IsDone is_done) {
    constexpr int kAtOnce = 10'000;
    constexpr int kWithPauses = 20'000;
    for (int i = 0; !is_done() && i < kAtOnce + kWithPauses; ++i) {
      loop.run_turn(/*may_block=*/false);
      if (i >= kAtOnce) ::poll(nullptr, 0, 1);
    }
  }

  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }
};

}  // namespace seine::runtime::testing
