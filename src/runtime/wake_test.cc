// SPDX-License-Identifier: Apache-2.0
#include "runtime/wake.h"

#include <memory>
#include <optional>

#include "gtest/gtest.h"

#include "runtime/signal.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using testing::TestLoop;

struct Counter final : Wakeable {
  void on_wake() override { ++wakes; }
  int wakes = 0;
};

TEST(WakeSlot, fires_once_and_forgets) {
  WakeSlot slot;
  Counter who;
  slot.wake();
  slot.arm(who);
  slot.arm(who);
  EXPECT_TRUE(slot.armed());
  slot.wake();
  slot.wake();
  EXPECT_EQ(who.wakes, 1);
  EXPECT_FALSE(slot.armed());
}

TEST(WakeSlot, the_last_armed_wins) {
  WakeSlot slot;
  Counter first, second;
  slot.arm(first);
  slot.arm(second);
  slot.wake();
  EXPECT_EQ(first.wakes, 0);
  EXPECT_EQ(second.wakes, 1);
}

TEST(WakeSlot, one_target_armed_in_several_slots_hears_of_each) {
  WakeSlot read, write, hangup;
  Counter who;
  read.arm(who);
  write.arm(who);
  hangup.arm(who);
  write.wake();
  EXPECT_TRUE(read.armed());
  EXPECT_TRUE(hangup.armed());
  read.wake();
  hangup.wake();
  EXPECT_EQ(who.wakes, 3);
}

TEST(WakeSlot, forgets_a_target_that_died_whatever_the_order_it_was_armed_in) {
  WakeSlot a, b, c;
  {
    Counter who;
    a.arm(who);
    b.arm(who);
    c.arm(who);
    b.clear();
  }
  EXPECT_FALSE(a.armed());
  EXPECT_FALSE(c.armed());
  a.wake();
}

TEST(WakeSlot, a_slot_that_dies_first_leaves_the_other_slots_armed) {
  Counter who;
  WakeSlot stays;
  {
    WakeSlot dies;
    stays.arm(who);
    dies.arm(who);
  }
  stays.wake();
  EXPECT_EQ(who.wakes, 1);
}

Task<void> wait_then_count(Waker& waker, int& count) {
  co_await waker.wait();
  ++count;
}

TEST(Waker, a_wake_before_the_wait_is_not_lost) {
  TestLoop t;
  Waker waker(t.loop);
  int count = 0;
  waker.on_wake();
  waker.on_wake();
  t.run(wait_then_count(waker, count));
  EXPECT_EQ(count, 1);
}

TEST(Waker, two_wakes_are_one) {
  TestLoop t;
  Waker waker(t.loop);
  int count = 0;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(wait_then_count(waker, count));
  t.settle();
  waker.on_wake();
  waker.on_wake();
  t.settle();
  EXPECT_EQ(count, 1);
  scope.spawn(wait_then_count(waker, count));
  t.settle();
  EXPECT_EQ(count, 1);
}

TEST(Waker, a_waiter_that_is_cancelled_is_never_resumed) {
  TestLoop t;
  Waker waker(t.loop);  // outlives the tasks that wait on it
  int count = 0;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(wait_then_count(waker, count));
    t.settle();
  }
  waker.on_wake();
  t.settle();
  EXPECT_EQ(count, 0);
  t.run(wait_then_count(waker, count));  // the wake is still there for the next
  EXPECT_EQ(count, 1);
}

TEST(Waker, a_waiter_cancelled_between_its_wake_and_its_turn_leaves_the_wake_behind) {
  TestLoop t;
  Waker waker(t.loop);
  int count = 0;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(wait_then_count(waker, count));
  t.settle();
  waker.on_wake();
  scope.cancel();
  t.settle();
  EXPECT_EQ(count, 0);
  t.run(wait_then_count(waker, count));
  EXPECT_EQ(count, 1);
}

TEST(Waker, two_coroutines_on_one_waker_are_a_bug) {
  EXPECT_DEATH(
      {
        TestLoop t;
        Waker waker(t.loop);
        int count = 0;
        TaskScope scope(t.loop, [](Error) {});
        scope.spawn(wait_then_count(waker, count));
        scope.spawn(wait_then_count(waker, count));
        t.settle();
      },
      "two coroutines wait on one waker");
}

TEST(Signal, wakes_all_who_watch_and_those_who_come_late) {
  Signal signal;
  Counter first, second, late;
  Signal::Watch first_watch, second_watch, late_watch;
  signal.arm(first_watch, first);
  signal.arm(second_watch, second);
  {
    Counter gone;
    Signal::Watch gone_watch;
    signal.arm(gone_watch, gone);
  }
  signal.fire();
  signal.fire();
  EXPECT_EQ(first.wakes, 1);
  EXPECT_EQ(second.wakes, 1);
  signal.arm(late_watch, late);
  EXPECT_EQ(late.wakes, 1);
}

}  // namespace
}  // namespace seine::runtime
