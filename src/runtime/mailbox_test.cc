// SPDX-License-Identifier: Apache-2.0
#include "runtime/mailbox.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using testing::TestLoop;

TEST(Mailbox, gives_all_that_came_in_order) {
  TestLoop t;
  Mailbox<int> box(t.loop);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(box.post(i));
  EXPECT_EQ(t.run(box.receive()), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_TRUE(box.take().empty());
}

TEST(Mailbox, refuses_when_full_and_takes_again_when_emptied) {
  TestLoop t;
  Mailbox<std::unique_ptr<int>> box(t.loop, 2);
  EXPECT_TRUE(box.post(std::make_unique<int>(1)));
  EXPECT_TRUE(box.post(std::make_unique<int>(2)));
  EXPECT_FALSE(box.post(std::make_unique<int>(3)));
  EXPECT_EQ(box.take().size(), 2U);
  EXPECT_TRUE(box.post(std::make_unique<int>(4)));
  EXPECT_EQ(*t.run(box.receive())[0], 4);
}

Task<void> collect(Mailbox<int>& box, std::vector<int>& out) {
  for (;;) {
    for (const int value : co_await box.receive()) out.push_back(value);
  }
}

TEST(Mailbox, wakes_a_receiver_for_each_first_value_after_it_looked) {
  TestLoop t;
  Mailbox<int> box(t.loop);
  std::vector<int> seen;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(collect(box, seen));
  t.settle();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(box.post(i));
    t.settle();
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(i) + 1);
  }
}

// Ends the loop once every value of every sender has come, each sender's in order.
Task<void> expect_all(EventLoop& loop, Mailbox<std::pair<int, int>>& box, int senders, int each) {
  std::vector<int> next(static_cast<std::size_t>(senders), 0);
  int left = senders * each;
  while (left > 0) {
    for (const auto& [sender, value] : co_await box.receive()) {
      EXPECT_EQ(value, next[static_cast<std::size_t>(sender)]++);
      --left;
    }
  }
  loop.stop();
}

// A lost wake-up would leave the loop asleep with values in the box; the test would time out.
TEST(Mailbox, loses_no_value_and_no_wake_of_many_threads) {
  constexpr int kSenders = 4;
  constexpr int kEach = 20'000;
  SystemClock clock;
  EventLoop loop(clock);
  Mailbox<std::pair<int, int>> box(loop, 64);
  TaskScope scope(loop, [](Error) {});
  scope.spawn(expect_all(loop, box, kSenders, kEach));
  std::vector<std::thread> senders;
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&box, s] {
      for (int i = 0; i < kEach; ++i) {
        while (!box.post({s, i})) std::this_thread::yield();
      }
    });
  }
  loop.run();
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(scope.size(), 0U);
}

Task<void> answer(Mailbox<int>& in, Mailbox<int>& out) {
  for (;;) {
    for (const int value : co_await in.receive()) out.post(value + 1);
  }
}

Task<void> ask(EventLoop& loop, Mailbox<int>& in, Mailbox<int>& out, int rounds, int& result) {
  int value = 0;
  for (int i = 0; i < rounds; ++i) {
    out.post(value);
    value = (co_await in.receive()).at(0);
  }
  result = value;
  loop.stop();
}

TEST(Mailbox, carries_a_conversation_of_two_loops) {
  constexpr int kRounds = 2000;
  SystemClock clock;
  EventLoop here(clock), there(clock);
  Mailbox<int> to_here(here), to_there(there);
  std::thread other([&] {
    TaskScope scope(there, [](Error) {});
    scope.spawn(answer(to_there, to_here));
    there.run();
  });
  int result = 0;
  {
    TaskScope scope(here, [](Error) {});
    scope.spawn(ask(here, to_here, to_there, kRounds, result));
    here.run();
  }
  there.stop();
  other.join();
  EXPECT_EQ(result, kRounds);
}

}  // namespace
}  // namespace seine::runtime
