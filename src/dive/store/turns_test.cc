// SPDX-License-Identifier: Apache-2.0
#include "dive/store/turns.h"

#include <memory>
#include <optional>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

using runtime::Task;

class TurnsTest : public ::testing::Test {
 protected:
  Task<void> hold(std::int64_t cluster, int name, runtime::Waker& until) {
    const auto turn = co_await turns_.take(cluster);
    order_.push_back(name);
    co_await until.wait();
  }
  void start(std::int64_t cluster, int name, runtime::Waker& until) {
    scope_.spawn(hold(cluster, name, until));
    t_.settle();
  }
  void end(runtime::Waker& waker) {
    waker.on_wake();
    t_.settle();
  }

  runtime::testing::TestLoop t_;
  Turns turns_{t_.loop};
  std::vector<int> order_;
  runtime::Waker first_{t_.loop}, second_{t_.loop}, third_{t_.loop};
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(TurnsTest, writers_of_one_cluster_come_one_after_the_other) {
  start(1, 1, first_);
  start(1, 2, second_);
  start(1, 3, third_);
  EXPECT_EQ(order_, (std::vector{1}));
  end(first_);
  EXPECT_EQ(order_, (std::vector{1, 2}));
  end(second_);
  EXPECT_EQ(order_, (std::vector{1, 2, 3}));
}

TEST_F(TurnsTest, clusters_do_not_wait_for_one_another) {
  start(1, 1, first_);
  start(2, 2, second_);
  EXPECT_EQ(order_, (std::vector{1, 2}));
}

TEST_F(TurnsTest, one_who_dies_before_his_turn_holds_up_nobody) {
  std::optional<Turns::Turn> held(t_.run(turns_.take(1)));
  auto dying = std::make_unique<runtime::TaskScope>(t_.loop, [](Error) {});
  dying->spawn(hold(1, 2, second_));
  t_.settle();
  start(1, 3, third_);
  held.reset();   // The next is given the turn,
  dying.reset();  // and dies before he can take it.
  t_.settle();
  EXPECT_EQ(order_, (std::vector{3}));
}

}  // namespace
}  // namespace seine::dive
