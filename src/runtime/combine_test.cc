// SPDX-License-Identifier: Apache-2.0
#include "runtime/combine.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::TestLoop;

using Log = std::vector<std::string>;

// Writes its name when it dies.
struct Trace {
  Log& log;
  std::string name;
  ~Trace() { log.push_back(name + " gone"); }
};

Task<Result<int>> sleeper(EventLoop& loop, Log& log, std::string name, Duration after) {
  const Trace trace{log, name};
  co_await sleep_for(loop, after);
  log.push_back(name + " done");
  co_return static_cast<int>(after / seconds(1));
}

// Waits for a wake, so that a test decides in which turn it ends.
Task<Result<int>> woken(Waker& waker, Log& log, std::string name) {
  const Trace trace{log, name};
  co_await waker.wait();
  log.push_back(name + " done");
  co_return 1;
}

Task<void> contest(Log& log, Task<Result<int>> a, Task<Result<int>> b) {
  const auto result = co_await race(std::move(a), std::move(b));
  log.push_back("winner " + std::to_string(result.index()));
}

TEST(Race, the_loser_is_gone_before_the_result_is_seen) {
  TestLoop t;
  Log log;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(contest(log, sleeper(t.loop, log, "slow", seconds(5)),
                      sleeper(t.loop, log, "fast", seconds(1))));
  t.advance(seconds(6));
  EXPECT_EQ(log, (Log{"fast done", "fast gone", "slow gone", "winner 1"}));
}

TEST(Race, a_first_that_is_done_at_once_never_starts_the_second) {
  TestLoop t;
  Log log;
  t.run(contest(log, sleeper(t.loop, log, "first", seconds(0)),
                sleeper(t.loop, log, "second", seconds(0))));
  EXPECT_EQ(log, (Log{"first done", "first gone", "winner 0"}));
}

TEST(Race, a_second_that_is_done_at_once_wins_over_a_waiting_first) {
  TestLoop t;
  Log log;
  t.run(contest(log, sleeper(t.loop, log, "first", seconds(9)),
                sleeper(t.loop, log, "second", seconds(0))));
  EXPECT_EQ(log, (Log{"second done", "second gone", "first gone", "winner 1"}));
}

TEST(Race, of_two_that_get_ready_in_one_turn_exactly_one_wins) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    TestLoop t;
    t.loop.shuffle(seed);
    Log log;
    Waker a(t.loop), b(t.loop);
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(contest(log, woken(a, log, "a"), woken(b, log, "b")));
    t.settle();
    a.on_wake();
    b.on_wake();
    t.settle();
    const Log a_wins{"a done", "a gone", "b gone", "winner 0"};
    const Log b_wins{"b done", "b gone", "a gone", "winner 1"};
    EXPECT_TRUE(log == a_wins || log == b_wins) << "seed " << seed;
    EXPECT_EQ(scope.size(), 0U);
  }
}

TEST(Race, that_is_cancelled_takes_both_along) {
  TestLoop t;
  Log log;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(
        contest(log, sleeper(t.loop, log, "a", seconds(5)), sleeper(t.loop, log, "b", seconds(5))));
    t.settle();
  }
  EXPECT_EQ(log.size(), 2U);
  t.advance(seconds(6));
  EXPECT_EQ(log.size(), 2U);
}

Task<void> limited(EventLoop& loop, Duration limit, Task<Result<int>> task,
                   std::optional<Result<int>>& out) {
  out = co_await with_deadline(loop, limit, ErrorCode::kConnectTimeout, "connect", std::move(task));
}

TEST(Deadline, names_itself_when_it_passes) {
  TestLoop t;
  Log log;
  std::optional<Result<int>> result;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(limited(t.loop, seconds(2), sleeper(t.loop, log, "slow", seconds(5)), result));
  t.advance(milliseconds(1990));
  EXPECT_FALSE(result.has_value());
  t.advance(milliseconds(20));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().to_string(), "connect timeout: connect after 2s");
  EXPECT_EQ(log, Log{"slow gone"});
}

TEST(Deadline, gives_the_result_of_a_task_that_makes_it) {
  TestLoop t;
  Log log;
  std::optional<Result<int>> result;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(limited(t.loop, seconds(2), sleeper(t.loop, log, "quick", seconds(1)), result));
  t.advance(seconds(5));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->value(), 1);
}

TEST(Deadline, sets_no_timer_for_a_task_that_is_done_at_once) {
  TestLoop t;
  Log log;
  std::optional<Result<int>> result;
  t.run(limited(t.loop, Duration::zero(), sleeper(t.loop, log, "now", seconds(0)), result));
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has_value());
}

TEST(Deadline, that_passes_in_the_turn_the_task_ends_gives_one_of_the_two) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    TestLoop t;
    t.loop.shuffle(seed);
    Log log;
    std::optional<Result<int>> result;
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(limited(t.loop, seconds(2), sleeper(t.loop, log, "even", seconds(2)), result));
    t.advance(seconds(3));
    ASSERT_TRUE(result.has_value());
    if (!*result) {
      EXPECT_EQ(result->error().code, ErrorCode::kConnectTimeout);
    }
    EXPECT_EQ(log.back(), "even gone");
    EXPECT_EQ(scope.size(), 0U);
  }
}

TEST(Deadline, that_is_cancelled_takes_task_and_timer_along) {
  TestLoop t;
  Log log;
  std::optional<Result<int>> result;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(limited(t.loop, seconds(2), sleeper(t.loop, log, "slow", seconds(5)), result));
    t.settle();
  }
  EXPECT_EQ(log, Log{"slow gone"});
  t.advance(seconds(6));
  EXPECT_FALSE(result.has_value());
}

Task<void> both(Task<Result<int>> a, Task<Result<int>> b, std::optional<std::pair<int, int>>& out) {
  const auto result = co_await all(std::move(a), std::move(b));
  out.emplace(result.first.value(), result.second.value());
}

TEST(All, waits_for_both_whichever_is_first) {
  for (const auto& [first, second] : {std::pair(0, 0), {0, 3}, {3, 0}, {1, 3}, {3, 1}, {2, 2}}) {
    TestLoop t;
    Log log;
    std::optional<std::pair<int, int>> result;
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(both(sleeper(t.loop, log, "a", seconds(first)),
                     sleeper(t.loop, log, "b", seconds(second)), result));
    const int longest = std::max(first, second);
    if (longest > 0) {
      t.advance(seconds(longest) - milliseconds(10));
      EXPECT_FALSE(result.has_value());
    }
    t.advance(milliseconds(20));
    EXPECT_EQ(result, std::pair(first, second));
    EXPECT_EQ(scope.size(), 0U);
  }
}

TEST(All, that_is_cancelled_when_one_is_done_takes_the_other_along) {
  TestLoop t;
  Log log;
  std::optional<std::pair<int, int>> result;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(
        both(sleeper(t.loop, log, "a", seconds(1)), sleeper(t.loop, log, "b", seconds(5)), result));
    t.advance(seconds(2));
  }
  EXPECT_EQ(log, (Log{"a done", "a gone", "b gone"}));
  t.advance(seconds(6));
  EXPECT_FALSE(result.has_value());
}

}  // namespace
}  // namespace seine::runtime
