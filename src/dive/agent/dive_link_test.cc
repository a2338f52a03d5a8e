// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/dive_link.h"

#include <gtest/gtest.h>

#include <random>

#include "dive/agent/agent_limits.h"
#include "dive/agent/testing/fake_dive.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DiveLinkTest : public ::testing::Test {
 protected:
  void start(bool has_joined = false) {
    link_.reset();
    link_ = std::make_unique<DiveLink>(t_.loop, log_, dive_, key_, random_,
                                       LinkOptions{.cluster = "test",
                                                   .authority = "dive:80",
                                                   .join_token = [this] { return token_; },
                                                   .has_joined = has_joined,
                                                   .on_joined = [this] { ++joined_; },
                                                   .on_lost = [this] { ++lost_; }});
    t_.settle();
  }

  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, -1, LogLevel::kError, LogFormat::kPlain};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  std::minstd_rand random_{5};
  std::string token_ = "one-time token";
  int joined_ = 0;
  int lost_ = 0;
  testing::FakeDive dive_{t_.loop};
  std::unique_ptr<DiveLink> link_;
};

TEST_F(DiveLinkTest, joins_with_a_token_and_proves_its_key) {
  start();
  EXPECT_TRUE(link_->is_up());
  EXPECT_EQ(joined_, 1);
  EXPECT_EQ(dive_.joins, 1);
}

TEST_F(DiveLinkTest, needs_no_token_once_it_has_joined) {
  start();
  token_.clear();
  start(/*has_joined=*/true);
  EXPECT_TRUE(link_->is_up());
  EXPECT_EQ(dive_.joins, 1);
}

TEST_F(DiveLinkTest, tries_on_with_a_token_that_is_put_there_later) {
  token_ = "another";
  start();
  EXPECT_FALSE(link_->is_up());
  token_ = "one-time token";
  t_.advance(seconds(5), milliseconds(50));
  EXPECT_TRUE(link_->is_up());
}

TEST_F(DiveLinkTest, joins_anew_where_dive_has_lost_the_cluster) {
  start();
  dive_.denies = true;
  dive_.cut();
  t_.advance(seconds(3), milliseconds(50));
  EXPECT_FALSE(link_->is_up());
  EXPECT_EQ(lost_, 1);
  dive_.denies = false;
  t_.advance(kLongestBackoff, milliseconds(50));
  EXPECT_TRUE(link_->is_up());
  EXPECT_EQ(dive_.joins > 1, true);
  EXPECT_EQ(lost_, 1);
}

TEST_F(DiveLinkTest, gives_its_session_to_all_who_wait) {
  dive_.is_away = true;
  start();
  int given = 0;
  struct Run {
    static runtime::Task<void> wait(DiveLink& link, int& given) {
      if ((co_await link.session()) != nullptr) ++given;
    }
  };
  runtime::TaskScope scope(t_.loop, [](Error) {});
  for (int i = 0; i < 3; ++i) scope.spawn(Run::wait(*link_, given));
  t_.settle();
  EXPECT_EQ(given, 0);
  dive_.is_away = false;
  t_.advance(seconds(5), milliseconds(50));
  EXPECT_EQ(given, 3);
}

TEST_F(DiveLinkTest, notices_a_dive_that_does_not_answer) {
  start();
  EXPECT_TRUE(link_->is_up());
  dive_.freeze();
  dive_.is_away = true;
  t_.advance(kKeepalive + kKeepalive + seconds(1), milliseconds(100));
  EXPECT_FALSE(link_->is_up());
}

TEST_F(DiveLinkTest, renews_its_token_by_its_own_clock) {
  dive_.token_life = 60;
  start();
  t_.clock.jump_wall(std::chrono::hours(-1));
  t_.advance(seconds(31), milliseconds(100));
  EXPECT_EQ(dive_.authentications, 2);
  t_.clock.jump_wall(std::chrono::hours(25));
  t_.settle();
  EXPECT_EQ(dive_.authentications, 2);
}

}  // namespace
}  // namespace seine::dive
