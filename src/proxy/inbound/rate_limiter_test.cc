// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/rate_limiter.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using Scope = RateLimiter::Scope;

model::Identity identity(const std::string& name) {
  return model::Identity::parse(name + ".shop.serviceaccount.identity.linkerd.cluster.local")
      .value();
}

class RateLimiterTest : public ::testing::Test {
 protected:
  // How many of so many at once pass.
  int passed(RateLimiter& limiter, int tried, const model::Identity* client = nullptr) {
    int out = 0;
    for (int i = 0; i < tried; ++i) out += limiter.refuse(client, clock_.now()) ? 0 : 1;
    return out;
  }
  ManualClock clock_;
  const model::Identity web_ = identity("web");
  const model::Identity batch_ = identity("batch");
};

TEST_F(RateLimiterTest, takes_a_seconds_worth_at_once_and_then_evenly) {
  RateLimiter limiter({.total = 10});
  EXPECT_EQ(passed(limiter, 20), 10);
  clock_.advance(99ms);
  EXPECT_EQ(passed(limiter, 5), 0);
  clock_.advance(1ms);
  EXPECT_EQ(passed(limiter, 5), 1);
  clock_.advance(500ms);
  EXPECT_EQ(passed(limiter, 20), 5);
  clock_.advance(1h);
  EXPECT_EQ(passed(limiter, 20), 10) << "what was not used is not saved up";
}

TEST_F(RateLimiterTest, keeps_each_client_to_its_own) {
  RateLimiter limiter({.per_identity = 3});
  EXPECT_EQ(passed(limiter, 5, &web_), 3);
  EXPECT_EQ(passed(limiter, 5, &batch_), 3);
  EXPECT_EQ(limiter.refuse(&web_, clock_.now()), Scope::kIdentity);
  EXPECT_EQ(passed(limiter, 5), 3) << "all without an identity are one";
}

TEST_F(RateLimiterTest, the_total_comes_first_and_an_override_in_place_of_the_identitys) {
  RateLimiter limiter({.total = 6, .per_identity = 2, .overrides = {{5, {batch_}}}});
  EXPECT_EQ(passed(limiter, 6, &batch_), 5);
  EXPECT_EQ(limiter.refuse(&batch_, clock_.now()), Scope::kOverride);
  EXPECT_EQ(limiter.refuse(&web_, clock_.now()), std::nullopt);
  EXPECT_EQ(limiter.refuse(&web_, clock_.now()), Scope::kTotal);
}

TEST_F(RateLimiterTest, who_is_beyond_its_own_limit_uses_up_nothing_of_all) {
  RateLimiter limiter({.total = 10, .per_identity = 2});
  EXPECT_EQ(passed(limiter, 1000, &batch_), 2);
  EXPECT_EQ(passed(limiter, 2, &web_), 2);
}

TEST_F(RateLimiterTest, without_limits_lets_all_through_and_with_zero_none) {
  RateLimiter open({});
  EXPECT_EQ(passed(open, 1000, &web_), 1000);
  RateLimiter closed({.per_identity = 0});
  EXPECT_EQ(passed(closed, 5, &web_), 0);
}

TEST_F(RateLimiterTest, beyond_so_many_clients_the_others_share_one_limit) {
  RateLimiter limiter({.per_identity = 1});
  for (int i = 0; i < 4096; ++i) {
    const model::Identity each = identity("c" + std::to_string(i));
    EXPECT_EQ(passed(limiter, 1, &each), 1);
  }
  EXPECT_EQ(passed(limiter, 1, &web_), 1);
  EXPECT_EQ(passed(limiter, 1, &batch_), 0);
  clock_.advance(1s);
  EXPECT_EQ(passed(limiter, 1, &web_) + passed(limiter, 1, &batch_), 2) << "the others are gone";
}

TEST(RateLimiters, outlive_a_policy_that_changes_something_else) {
  RateLimiters limiters;
  const auto first = limiters.get(80, {.total = 10});
  EXPECT_EQ(limiters.get(80, {.total = 10}), first);
  EXPECT_NE(limiters.get(81, {.total = 10}), first);
  EXPECT_NE(limiters.get(80, {.total = 11}), first);
}

}  // namespace
}  // namespace seine::proxy
