// SPDX-License-Identifier: Apache-2.0
#include "runtime/task.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::seconds;
using testing::TestLoop;

// Writes its name when it dies.
struct Trace {
  std::vector<std::string>& log;
  std::string name;
  ~Trace() { log.push_back(name); }
};

Task<int> answer(EventLoop& loop, Duration after, int value) {
  co_await sleep_for(loop, after);
  co_return value;
}

Task<Result<void>> traced_sleep(EventLoop& loop, std::vector<std::string>& log, std::string name,
                                Duration after) {
  const Trace trace{log, name};
  co_await sleep_for(loop, after);
  log.push_back(name + " done");
  co_return Result<void>();
}

TEST(Task, a_long_chain_of_ready_tasks_uses_no_stack) {
  TestLoop t;
  struct Local {
    static Task<int> one() { co_return 1; }
    static Task<int> sum(int n) {
      int total = 0;
      for (int i = 0; i < n; ++i) total += co_await one();
      co_return total;
    }
  };
  EXPECT_EQ(t.run(Local::sum(300'000)), 300'000);
}

TEST(Task, destroying_a_task_destroys_what_it_awaits) {
  TestLoop t;
  std::vector<std::string> log;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(traced_sleep(t.loop, log, "sleeper", seconds(10)));
    t.settle();
    EXPECT_TRUE(log.empty());
  }
  EXPECT_EQ(log, std::vector<std::string>{"sleeper"});
  t.advance(seconds(20));  // the timer left the wheel with its owner
}

TEST(TaskScope, hears_of_errors_and_joins_when_empty) {
  TestLoop t;
  std::vector<std::string> errors;
  TaskScope scope(t.loop, [&](Error error) { errors.push_back(error.message); });
  struct Local {
    static Task<Result<void>> failing(EventLoop& loop) {
      co_await sleep_for(loop, seconds(1));
      co_return fail(ErrorCode::kRead, "no luck");
    }
  };
  scope.spawn(Local::failing(t.loop));
  t.advance(seconds(1));
  EXPECT_EQ(errors, std::vector<std::string>{"no luck"});
  EXPECT_EQ(scope.size(), 0U);
  t.run(scope.join());
}

TEST(Race, the_loser_is_gone_before_the_result_is_seen) {
  TestLoop t;
  std::vector<std::string> log;
  struct Local {
    static Task<Result<void>> contest(EventLoop& loop, std::vector<std::string>& trace) {
      auto result = co_await race(traced_sleep(loop, trace, "slow", seconds(5)),
                                  traced_sleep(loop, trace, "fast", seconds(1)));
      trace.push_back("winner " + std::to_string(result.index()));
      co_return Result<void>();
    }
  };
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(Local::contest(t.loop, log));
  t.advance(seconds(6));
  EXPECT_EQ(log, (std::vector<std::string>{"fast done", "fast", "slow", "winner 1"}));
}

TEST(Deadline, names_itself_when_it_passes) {
  TestLoop t;
  struct Local {
    static Task<Result<int>> slow(EventLoop& loop) {
      co_await sleep_for(loop, seconds(5));
      co_return 1;
    }
    static Task<void> limited(EventLoop& loop, std::optional<Result<int>>& out) {
      out = co_await with_deadline(loop, seconds(2), ErrorCode::kConnectTimeout, "connect",
                                   slow(loop));
    }
  };
  std::optional<Result<int>> result;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(Local::limited(t.loop, result));
  t.advance(std::chrono::milliseconds(1990));
  EXPECT_FALSE(result.has_value());
  t.advance(std::chrono::milliseconds(20));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().to_string(), "connect timeout: connect after 2s");
}

TEST(All, waits_for_both) {
  TestLoop t;
  std::optional<std::pair<int, int>> result;
  struct Local {
    static Task<void> both(EventLoop& loop, std::optional<std::pair<int, int>>& out) {
      out = co_await all(answer(loop, seconds(1), 1), answer(loop, seconds(3), 3));
    }
  };
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(Local::both(t.loop, result));
  t.advance(seconds(2));
  EXPECT_FALSE(result.has_value());
  t.advance(seconds(2));
  EXPECT_EQ(result, std::pair(1, 3));
}

}  // namespace
}  // namespace seine::runtime
