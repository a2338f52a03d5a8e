// SPDX-License-Identifier: Apache-2.0
#include "dive/database_watch.h"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DatabaseWatchTest : public ::testing::Test, protected DatabaseWatch::Watched {
 protected:
  DatabaseWatchTest() { scope_.spawn(watch_.run()); }
  runtime::Task<Result<void>> ask_database() override {
    ++asked_;
    if (hangs_) {
      runtime::Waker never(t_.loop);
      co_await never.wait();
    }
    if (fails_) co_return fail(ErrorCode::kUnavailable, "it is gone");
    co_return Result<void>();
  }
  void tell_database(bool is_there) override { told_.push_back(is_there); }
  void pass(Duration time) { t_.advance(time, milliseconds(100)); }

  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, -1, LogLevel::kError, LogFormat::kPlain};
  bool fails_ = false;
  bool hangs_ = false;
  int asked_ = 0;
  std::vector<bool> told_;
  DatabaseWatch watch_{t_.loop, log_, *this};
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(DatabaseWatchTest, says_nothing_of_a_database_that_answers) {
  pass(seconds(60));
  EXPECT_GE(asked_, 29);
  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(watch_.is_there());
}

TEST_F(DatabaseWatchTest, says_that_it_is_away_and_that_it_is_back) {
  fails_ = true;
  pass(DatabaseWatch::kPatience - seconds(1));
  EXPECT_TRUE(watch_.is_there()) << "it may have been started again";
  pass(seconds(5));
  EXPECT_FALSE(watch_.is_there());
  pass(seconds(60));
  EXPECT_EQ(told_, std::vector<bool>{false});
  fails_ = false;
  pass(DatabaseWatch::kLook);
  EXPECT_EQ(told_, (std::vector<bool>{false, true}));
}

TEST_F(DatabaseWatchTest, forgives_what_is_short) {
  for (int i = 0; i < 20; ++i) {
    fails_ = true;
    pass(DatabaseWatch::kPatience - DatabaseWatch::kLook);
    fails_ = false;
    pass(DatabaseWatch::kLook);
  }
  EXPECT_TRUE(told_.empty());
}

TEST_F(DatabaseWatchTest, takes_one_that_says_nothing_for_away) {
  hangs_ = true;
  pass(DatabaseWatch::kLook + DatabaseWatch::kPatience);
  EXPECT_EQ(told_, std::vector<bool>{false});
  hangs_ = false;
  pass(DatabaseWatch::kLook + DatabaseWatch::kPatience);
  EXPECT_EQ(told_, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace seine::dive
