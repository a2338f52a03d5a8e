// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_loop.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::milliseconds;
using testing::TestLoop;

Task<void> append(std::vector<int>& log, int id) {
  log.push_back(id);
  co_return;
}

std::vector<int> order_of(std::uint64_t seed) {
  TestLoop t;
  t.loop.shuffle(seed);
  std::vector<int> log;
  TaskScope scope(t.loop, [](Error) {});
  for (int i = 0; i < 16; ++i) scope.spawn(append(log, i));
  t.settle();
  return log;
}

TEST(EventLoop, runs_the_ready_in_order_when_it_does_not_shuffle) {
  std::vector<int> sorted(16);
  std::iota(sorted.begin(), sorted.end(), 0);
  EXPECT_EQ(order_of(0), sorted);
}

#ifdef SEINE_DEBUG_LOOP
TEST(EventLoop, shuffles_the_ready_the_same_way_for_the_same_seed) {
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<int> order = order_of(seed);
    EXPECT_EQ(order, order_of(seed));
    std::vector<int> sorted(16);
    std::iota(sorted.begin(), sorted.end(), 0);
    EXPECT_TRUE(std::is_permutation(order.begin(), order.end(), sorted.begin(), sorted.end()));
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 15U);
}

struct Stalls final : StallWatcher {
  void on_stall(Duration took) override { seen.push_back(took); }
  std::vector<Duration> seen;
};

Task<void> hog(ManualClock& clock, Duration work) {
  clock.advance(work);
  co_return;
}

TEST(EventLoop, tells_once_of_a_turn_that_stalled) {
  TestLoop t;
  Stalls stalls;
  t.loop.set_stall_watcher(&stalls);
  t.run(hog(t.clock, milliseconds(100)));
  t.settle();
  EXPECT_TRUE(stalls.seen.empty());
  t.run(hog(t.clock, milliseconds(101)));
  t.settle();
  EXPECT_EQ(stalls.seen, std::vector<Duration>{milliseconds(101)});
}
#endif

struct Hook final : TurnEndHook {
  explicit Hook(std::vector<int>& l, int i) : log(l), id(i) {}
  void on_turn_end() override {
    log.push_back(id);
    if (again != nullptr) again->schedule_at_turn_end(*this);
    if (victim != nullptr) victim->unlink();
  }
  std::vector<int>& log;
  int id;
  EventLoop* again = nullptr;
  Hook* victim = nullptr;
};

TEST(EventLoop, runs_a_hook_once_a_turn_however_often_it_was_scheduled) {
  TestLoop t;
  std::vector<int> log;
  Hook hook(log, 1);
  t.loop.schedule_at_turn_end(hook);
  t.loop.schedule_at_turn_end(hook);
  EXPECT_TRUE(t.loop.run_turn(/*may_block=*/false));
  EXPECT_FALSE(t.loop.run_turn(/*may_block=*/false));
  EXPECT_EQ(log, std::vector<int>{1});
}

TEST(EventLoop, a_hook_scheduled_by_a_hook_waits_for_the_next_turn) {
  TestLoop t;
  std::vector<int> log;
  Hook hook(log, 1);
  hook.again = &t.loop;
  t.loop.schedule_at_turn_end(hook);
  t.loop.run_turn(/*may_block=*/false);
  EXPECT_EQ(log.size(), 1U);
  t.loop.run_turn(/*may_block=*/false);
  EXPECT_EQ(log.size(), 2U);
}

TEST(EventLoop, a_hook_that_another_took_away_does_not_run) {
  TestLoop t;
  std::vector<int> log;
  Hook first(log, 1), second(log, 2);
  first.victim = &second;
  t.loop.schedule_at_turn_end(first);
  t.loop.schedule_at_turn_end(second);
  t.loop.run_turn(/*may_block=*/false);
  EXPECT_EQ(log, std::vector<int>{1});
}

Task<void> wake_each_other(Waker& mine, Waker& other) {
  for (;;) {
    co_await mine.wait();
    other.on_wake();
  }
}

TEST(EventLoop, coroutines_that_keep_each_other_ready_do_not_hold_back_the_hooks) {
  TestLoop t;
  std::vector<int> log;
  Hook hook(log, 1);
  Waker ping(t.loop), pong(t.loop);
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(wake_each_other(ping, pong));
  scope.spawn(wake_each_other(pong, ping));
  ping.on_wake();
  t.loop.schedule_at_turn_end(hook);
  t.loop.run_turn(/*may_block=*/false);
  EXPECT_EQ(log, std::vector<int>{1});
}

Task<void> sleep_then_count(EventLoop& loop, Duration after, int& count) {
  co_await sleep_for(loop, after);
  ++count;
}

TEST(EventLoop, a_timer_for_ever_neither_fires_nor_overflows) {
  TestLoop t;
  int count = 0;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(sleep_then_count(t.loop, Duration::max(), count));
  t.advance(std::chrono::hours(1), std::chrono::minutes(1));
  EXPECT_EQ(count, 0);
}

TEST(EventLoop, run_waits_for_timers_and_ends_when_another_thread_stops_it) {
  SystemClock clock;
  EventLoop loop(clock);
  struct Local {
    static Task<void> tick(EventLoop& l, Duration after, std::thread& stopper) {
      const TimePoint start = l.clock().now();
      co_await sleep_for(l, after);
      EXPECT_GE(l.clock().now() - start, after);
      stopper = std::thread([&l] { l.stop(); });
    }
  };
  std::thread stopper;
  TaskScope scope(loop, [](Error) {});
  scope.spawn(Local::tick(loop, milliseconds(3), stopper));
  loop.run();
  stopper.join();
  EXPECT_EQ(scope.size(), 0U);
}

}  // namespace
}  // namespace seine::runtime
