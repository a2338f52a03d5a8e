// SPDX-License-Identifier: Apache-2.0
#include "control/registry/join_tokens.h"

#include <gtest/gtest.h>

#include "control/registry/lease_clock.h"
#include "control/registry/registry_limits.h"

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class JoinTokensTest : public ::testing::Test {
 protected:
  std::string make(JoinPermit permit = {}) {
    return tokens_.create(std::move(permit), minutes(1), clock_.now()).value();
  }
  // Empty if `shop/web` may come in.
  std::string refusal(std::string_view token) const {
    const auto checked = tokens_.check(token, "shop", "web", clock_.now());
    if (checked) return "";
    EXPECT_EQ(checked.error().code, ErrorCode::kUnauthorized);
    return checked.error().message;
  }

  ManualClock clock_;
  JoinTokens tokens_;
};

TEST_F(JoinTokensTest, let_in_once) {
  const std::string token = make();
  EXPECT_EQ(refusal(token), "");
  tokens_.redeem(token);
  EXPECT_NE(refusal(token).find("used already"), std::string::npos);
}

TEST_F(JoinTokensTest, end_with_their_life_whatever_the_wall_clock_does) {
  const std::string token = make();
  clock_.jump_wall(std::chrono::hours(1000));
  clock_.advance(seconds(60) - milliseconds(1));
  EXPECT_EQ(refusal(token), "");
  clock_.advance(milliseconds(1));
  EXPECT_NE(refusal(token).find("expired"), std::string::npos);
}

TEST_F(JoinTokensTest, are_for_the_workload_they_name) {
  EXPECT_EQ(refusal(make({.ns = "shop", .workload = "web"})), "");
  EXPECT_EQ(refusal(make({.workload = "web"})), "");
  EXPECT_EQ(refusal(make({.ns = "bank"})),
            "the join token is for bank/any workload, not for shop/web");
  EXPECT_EQ(refusal(make({.ns = "shop", .workload = "payments"})),
            "the join token is for shop/payments, not for shop/web");
}

TEST_F(JoinTokensTest, are_refused_without_being_quoted) {
  EXPECT_NE(refusal("").find("no join token"), std::string::npos);
  const std::string guess = make() + "x";
  EXPECT_NE(refusal(guess), "");
  EXPECT_EQ(refusal(guess).find(guess), std::string::npos);
}

TEST_F(JoinTokensTest, are_limited_and_make_room_as_they_expire) {
  for (std::size_t i = 0; i < kMaxJoinTokens; ++i) make();
  EXPECT_EQ(tokens_.create({}, minutes(1), clock_.now()).error().code, ErrorCode::kLimit);
  clock_.advance(minutes(1));
  EXPECT_TRUE(tokens_.create({}, minutes(1), clock_.now()));
  EXPECT_EQ(tokens_.size(), 1u);
}

TEST(LeaseClock, runs_with_the_monotonic_clock_and_leaves_out_what_it_missed) {
  ManualClock clock;
  LeaseClock leases(clock.now());
  clock.advance(milliseconds(250));
  EXPECT_EQ(leases.tick(clock.now()), milliseconds(250));
  clock.jump_wall(-std::chrono::hours(5));
  EXPECT_EQ(leases.tick(clock.now()), milliseconds(250));
  clock.advance(minutes(10));
  EXPECT_EQ(leases.tick(clock.now()), milliseconds(1250)) << "the process was stopped meanwhile";
}

}  // namespace
}  // namespace seine::control
