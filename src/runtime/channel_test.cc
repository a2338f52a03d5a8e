// SPDX-License-Identifier: Apache-2.0
#include "runtime/channel.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using testing::TestLoop;

Task<void> send_range(Channel<int>& channel, int from, int to, int& sent) {
  for (int i = from; i < to; ++i) {
    if (!co_await channel.send(i)) co_return;
    ++sent;
  }
}

Task<void> receive_all(Channel<int>& channel, std::vector<int>& out, bool& ended) {
  while (std::optional<int> value = co_await channel.receive()) out.push_back(*value);
  ended = true;
}

TEST(Channel, a_sender_waits_for_room_and_goes_on_in_order) {
  TestLoop t;
  Channel<int> channel(t.loop, 3);
  int sent = 0;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(send_range(channel, 0, 10, sent));
  t.settle();
  EXPECT_EQ(sent, 3);
  EXPECT_TRUE(channel.full());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(t.run(channel.receive()), i);
    t.settle();
  }
  EXPECT_EQ(sent, 10);
}

TEST(Channel, a_receiver_waits_for_values_and_for_the_end) {
  TestLoop t;
  Channel<int> channel(t.loop, 3);
  std::vector<int> seen;
  bool ended = false;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(receive_all(channel, seen, ended));
  t.settle();
  EXPECT_TRUE(channel.try_send(1));
  t.settle();
  EXPECT_EQ(seen, std::vector<int>{1});
  EXPECT_TRUE(channel.try_send(2));
  channel.close();
  EXPECT_FALSE(channel.try_send(3));
  t.settle();
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));  // what was inside is still received
  EXPECT_TRUE(ended);
}

TEST(Channel, close_ends_senders_that_wait_and_those_that_come_late) {
  TestLoop t;
  Channel<int> channel(t.loop, 1);
  int first = 0, second = 0, late = 0;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(send_range(channel, 0, 5, first));
  scope.spawn(send_range(channel, 5, 9, second));
  t.settle();
  channel.close();
  t.settle();
  EXPECT_EQ(first + second, 1);
  EXPECT_EQ(scope.size(), 0U);
  t.run(send_range(channel, 0, 5, late));
  EXPECT_EQ(late, 0);
}

TEST(Channel, several_senders_share_the_room_and_each_keeps_its_order) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    TestLoop t;
    t.loop.shuffle(seed);
    Channel<int> channel(t.loop, 2);
    int sent = 0;
    std::vector<int> seen;
    bool ended = false;
    TaskScope scope(t.loop, [](Error) {});
    for (int s = 0; s < 4; ++s) scope.spawn(send_range(channel, s * 100, s * 100 + 50, sent));
    scope.spawn(receive_all(channel, seen, ended));
    t.settle();
    ASSERT_EQ(seen.size(), 200U);
    std::vector<int> last(4, -1);
    for (const int value : seen) {
      int& before = last[static_cast<std::size_t>(value / 100)];
      EXPECT_GT(value, before);
      before = value;
    }
  }
}

TEST(Channel, a_sender_cancelled_between_its_wake_and_its_turn_takes_nobody_along) {
  TestLoop t;
  Channel<int> channel(t.loop, 1);
  int cancelled = 0, stays = 0;
  TaskScope scope(t.loop, [](Error) {});
  EXPECT_TRUE(channel.try_send(0));
  {
    TaskScope doomed(t.loop, [](Error) {});
    doomed.spawn(send_range(channel, 1, 2, cancelled));
    t.settle();
    scope.spawn(send_range(channel, 2, 3, stays));
    t.settle();
    EXPECT_EQ(channel.try_receive(), 0);
  }
  t.settle();
  EXPECT_EQ(cancelled, 0);
  EXPECT_EQ(stays, 1);
}

TEST(Channel, carries_values_that_only_move_and_drops_them_with_itself) {
  TestLoop t;
  auto shared = std::make_shared<int>(1);
  {
    Channel<std::shared_ptr<int>> channel(t.loop, 2);
    EXPECT_TRUE(t.run(channel.send(shared)));
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
  Channel<std::unique_ptr<int>> boxes(t.loop, 1);
  EXPECT_TRUE(t.run(boxes.send(std::make_unique<int>(7))));
  EXPECT_EQ(**t.run(boxes.receive()), 7);
}

TEST(Channel, wakes_whoever_polls_for_a_value_or_the_end) {
  struct Counter final : Wakeable {
    void on_wake() override { ++wakes; }
    int wakes = 0;
  };
  TestLoop t;
  Channel<int> channel(t.loop, 1);
  Counter poller;
  channel.arm_receive(poller);
  EXPECT_EQ(poller.wakes, 0);
  EXPECT_TRUE(channel.try_send(1));
  EXPECT_EQ(poller.wakes, 1);
  channel.arm_receive(poller);
  EXPECT_EQ(poller.wakes, 2);
  EXPECT_EQ(channel.try_receive(), 1);
  channel.arm_receive(poller);
  channel.close();
  EXPECT_EQ(poller.wakes, 3);
}

}  // namespace
}  // namespace seine::runtime
