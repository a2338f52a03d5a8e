// SPDX-License-Identifier: Apache-2.0
// A loop on the real clock that waits for threads and servers: what talks to a database needs time
// that passes.
#pragma once

#include <optional>
#include <utility>

#include "base/time.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/task_scope.h"

namespace seine::sql::testing {

// Real, but for the date where a test says one.
class RealTime final : public Clock {
 public:
  TimePoint now() const override { return system_.now(); }
  WallTime wall_now() const override { return date_ ? *date_ : system_.wall_now(); }
  void set_date(WallTime date) { date_ = date; }

 private:
  SystemClock system_;
  std::optional<WallTime> date_;
};

struct RealLoop {
  RealTime clock;
  runtime::EventLoop loop{clock};

  // Until `task` is done; the test's time limit ends one that never is.
  template <class T>
  T run(runtime::Task<T> task) {
    std::optional<T> result;
    runtime::TaskScope scope(loop, [](Error) {});
    scope.spawn(store(std::move(task), result));
    while (!result) loop.run_turn(/*may_block=*/true);
    return std::move(*result);
  }
  // Lets what is under way go on for so long.
  void pass(Duration time) {
    bool over = false;
    runtime::TaskScope scope(loop, [](Error) {});
    scope.spawn(wait(loop, time, over));
    while (!over) loop.run_turn(/*may_block=*/true);
  }

 private:
  static runtime::Task<void> wait(runtime::EventLoop& loop, Duration time, bool& over) {
    co_await runtime::sleep_for(loop, time);
    over = true;
  }
  template <class T>
  static runtime::Task<void> store(runtime::Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }
};

}  // namespace seine::sql::testing
