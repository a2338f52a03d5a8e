// SPDX-License-Identifier: Apache-2.0
#include "web/sessions.h"

#include <gtest/gtest.h>

#include <set>

namespace seine::web {
namespace {

using namespace std::chrono_literals;

class SessionsTest : public ::testing::Test {
 protected:
  // A cookie of `user`, signed in.
  std::string sign_in(const std::string& user) {
    const auto cookie = sessions_.redeem(sessions_.make_link(user));
    return cookie ? *cookie : cookie.error().message;
  }
  ErrorCode refusal_of(std::string_view cookie) {
    const auto user = sessions_.user_of(cookie);
    return user ? ErrorCode::kInternal : user.error().code;
  }
  ErrorCode refusal_of_link(std::string_view link) {
    const auto cookie = sessions_.redeem(link);
    return cookie ? ErrorCode::kInternal : cookie.error().code;
  }

  ManualClock clock_;
  Sessions sessions_{clock_, SessionLimits{}};
};

TEST_F(SessionsTest, a_link_opens_one_session_and_no_second_one) {
  const std::string link = sessions_.make_link("ada");
  const auto cookie = sessions_.redeem(link);
  ASSERT_TRUE(cookie);
  EXPECT_EQ(sessions_.user_of(*cookie), "ada");
  EXPECT_EQ(refusal_of_link(link), ErrorCode::kUnauthorized);
  EXPECT_EQ(sessions_.size(), 1u);
}

TEST_F(SessionsTest, secrets_are_long_all_different_and_good_for_one_thing) {
  std::set<std::string> seen;
  for (int i = 0; i < 10; ++i) {
    const std::string link = sessions_.make_link("ada");
    EXPECT_EQ(link.size(), 43u) << "256 bits";
    const std::string cookie = *sessions_.redeem(link);
    EXPECT_TRUE(seen.insert(link).second);
    EXPECT_TRUE(seen.insert(cookie).second);
    EXPECT_EQ(refusal_of(link), ErrorCode::kUnauthorized);
    EXPECT_EQ(refusal_of_link(cookie), ErrorCode::kUnauthorized);
  }
}

TEST_F(SessionsTest, a_link_is_good_for_five_minutes) {
  const std::string in_time = sessions_.make_link("ada");
  const std::string too_late = sessions_.make_link("ada");
  clock_.advance(5min - 1ns);
  EXPECT_TRUE(sessions_.redeem(in_time));
  clock_.advance(1ns);
  EXPECT_EQ(refusal_of_link(too_late), ErrorCode::kUnauthorized);
}

TEST_F(SessionsTest, what_is_nobodys_is_refused) {
  sign_in("ada");
  for (const char* text : {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_EQ(refusal_of(text), ErrorCode::kUnauthorized) << text;
  }
}

TEST_F(SessionsTest, a_session_ends_when_it_is_not_used_and_at_last_in_any_case) {
  const std::string idle = sign_in("ada");
  const std::string busy = sign_in("bob");
  clock_.advance(12h - 1s);
  EXPECT_EQ(sessions_.user_of(busy), "bob");
  clock_.advance(1s);
  EXPECT_EQ(refusal_of(idle), ErrorCode::kUnauthorized);
  for (Duration so_far = 12h; so_far < 7 * 24h - 6h; so_far += 6h) {
    EXPECT_EQ(sessions_.user_of(busy), "bob");
    clock_.advance(6h);
  }
  clock_.advance(6h);
  EXPECT_EQ(refusal_of(busy), ErrorCode::kUnauthorized);
  EXPECT_EQ(sessions_.size(), 0u);
}

TEST_F(SessionsTest, signing_out_ends_that_session_and_no_other) {
  const std::string ada = sign_in("ada");
  const std::string other = sign_in("ada");
  EXPECT_TRUE(sessions_.sign_out(ada));
  EXPECT_FALSE(sessions_.sign_out(ada));
  EXPECT_EQ(refusal_of(ada), ErrorCode::kUnauthorized);
  EXPECT_EQ(sessions_.user_of(other), "ada");
}

TEST_F(SessionsTest, wrong_links_are_told_so_only_so_often_and_never_stand_in_a_right_ones_way) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(refusal_of_link("wrong"), ErrorCode::kUnauthorized);
  EXPECT_EQ(refusal_of_link("wrong"), ErrorCode::kRateLimited);
  EXPECT_EQ(sessions_.user_of(sign_in("ada")), "ada");
  clock_.advance(6s);
  EXPECT_EQ(refusal_of_link("wrong"), ErrorCode::kUnauthorized);
}

TEST_F(SessionsTest, one_session_does_not_ask_without_end_and_others_go_on) {
  const std::string ada = sign_in("ada");
  const std::string bob = sign_in("bob");
  for (int i = 0; i < 200; ++i) EXPECT_EQ(sessions_.user_of(ada), "ada");
  EXPECT_EQ(refusal_of(ada), ErrorCode::kRateLimited);
  EXPECT_EQ(sessions_.user_of(bob), "bob");
  clock_.advance(10ms);
  EXPECT_EQ(sessions_.user_of(ada), "ada");
}

TEST_F(SessionsTest, there_are_so_many_links_and_sessions_and_the_oldest_make_room) {
  std::vector<std::string> links;
  for (int i = 0; i < 17; ++i) links.push_back(sessions_.make_link("ada"));
  EXPECT_EQ(refusal_of_link(links[0]), ErrorCode::kUnauthorized);
  EXPECT_TRUE(sessions_.redeem(links[1]));
  const std::string first = sign_in("first");
  const std::string second = sign_in("second");
  while (sessions_.size() < 256) sign_in("crowd");
  clock_.advance(1s);
  EXPECT_EQ(sessions_.user_of(first), "first");
  for (int i = 0; i < 255; ++i) {
    clock_.advance(1ms);
    sign_in("crowd");
  }
  EXPECT_EQ(sessions_.size(), 256u);
  EXPECT_EQ(sessions_.user_of(first), "first") << "it was used last";
  EXPECT_EQ(refusal_of(second), ErrorCode::kUnauthorized);
}

}  // namespace
}  // namespace seine::web
