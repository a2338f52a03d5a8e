// SPDX-License-Identifier: Apache-2.0
#include "runtime/task.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::seconds;
using testing::TestLoop;

Task<int> one() {
  co_return 1;
}

Task<int> sum_of(int n) {
  int total = 0;
  for (int i = 0; i < n; ++i) total += co_await one();
  co_return total;
}

TEST(Task, a_long_chain_of_ready_tasks_uses_no_stack) {
  TestLoop t;
  EXPECT_EQ(t.run(sum_of(300'000)), 300'000);
}

Task<int> depth(EventLoop& loop, int levels) {
  if (levels == 0) {
    co_await sleep_for(loop, seconds(1));
    co_return 0;
  }
  co_return 1 + co_await depth(loop, levels - 1);
}

TEST(Task, a_deep_chain_of_suspended_tasks_returns_through_all_its_levels) {
  TestLoop t;
  std::optional<int> result;
  struct Local {
    static Task<void> store(EventLoop& loop, std::optional<int>& out) {
      out = co_await depth(loop, 1000);
    }
  };
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(Local::store(t.loop, result));
  t.advance(seconds(2));
  EXPECT_EQ(result, 1000);
}

struct Counted {
  explicit Counted(int& n) : alive(n) { ++alive; }
  Counted(const Counted& other) : alive(other.alive) { ++alive; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }
  int& alive;
};

Task<int> holds(EventLoop& loop, Counted argument) {
  const Counted local = argument;
  co_await sleep_for(loop, seconds(10));
  co_return 1;
}

TEST(Task, that_never_started_still_destroys_its_arguments) {
  TestLoop t;
  int alive = 0;
  {
    const Task<int> task = holds(t.loop, Counted(alive));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

Task<Result<void>> awaits(EventLoop& loop, Counted argument) {
  const Counted local = argument;
  co_await holds(loop, argument);
  co_return Result<void>();
}

TEST(Task, destroying_a_task_destroys_what_it_awaits) {
  TestLoop t;
  int alive = 0;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(awaits(t.loop, Counted(alive)));
    t.settle();
    EXPECT_GT(alive, 3);
  }
  EXPECT_EQ(alive, 0);
  t.advance(seconds(20));  // the timer left the wheel with its owner
}

TEST(Task, assigning_over_a_task_cancels_the_old_one) {
  TestLoop t;
  int alive = 0;
  Task<int> task = holds(t.loop, Counted(alive));
  task = one();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(t.run(std::move(task)), 1);
  EXPECT_FALSE(static_cast<bool>(task));  // NOLINT(bugprone-use-after-move): it says so itself
}

Task<std::unique_ptr<int>> boxed(int value) {
  co_return std::make_unique<int>(value);
}

TEST(Task, carries_values_that_only_move) {
  TestLoop t;
  EXPECT_EQ(*t.run(boxed(7)), 7);
}

Task<Result<int>> fails() {
  co_return fail(ErrorCode::kRead, "no luck");
}

TEST(Task, carries_errors_as_values) {
  TestLoop t;
  EXPECT_EQ(t.run(fails()).error().message, "no luck");
}

Task<void> throws() {
  throw 1;
  co_return;
}

TEST(Task, an_exception_that_escapes_is_a_bug) {
  EXPECT_DEATH(
      {
        TestLoop t;
        t.run(throws());
      },
      "an exception escaped from a coroutine");
}

Task<void> note(std::vector<int>& log, EventLoop& loop, int id) {
  log.push_back(id);
  co_await yield(loop);
  log.push_back(id + 10);
}

TEST(Yield, goes_on_in_the_next_turn) {
  TestLoop t;
  t.loop.shuffle(0);
  std::vector<int> log;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(note(log, t.loop, 1));
  scope.spawn(note(log, t.loop, 2));
  t.loop.run_turn(/*may_block=*/false);
  EXPECT_EQ(log, (std::vector<int>{1, 2}));
  t.loop.run_turn(/*may_block=*/false);
  EXPECT_EQ(log, (std::vector<int>{1, 2, 11, 12}));
}

TEST(Yield, that_is_cancelled_is_not_resumed) {
  TestLoop t;
  std::vector<int> log;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(note(log, t.loop, 1));
    t.loop.run_turn(/*may_block=*/false);
  }
  t.settle();
  EXPECT_EQ(log, std::vector<int>{1});
}

}  // namespace
}  // namespace seine::runtime
