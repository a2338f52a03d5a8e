// SPDX-License-Identifier: Apache-2.0
#include "control/rate_limiter.h"

#include <gtest/gtest.h>

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

IpAddress peer(std::uint32_t n) {
  return IpAddress::v4(0x0a000000 + n);
}

TEST(RateLimiter, allows_a_burst_and_then_its_rate) {
  ManualClock clock;
  RateLimiter limiter({.per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.allow(peer(1), clock.now()));
  EXPECT_FALSE(limiter.allow(peer(1), clock.now()));
  clock.advance(milliseconds(500));
  EXPECT_TRUE(limiter.allow(peer(1), clock.now()));
  EXPECT_FALSE(limiter.allow(peer(1), clock.now()));
  clock.advance(seconds(100));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.allow(peer(1), clock.now()));
  EXPECT_FALSE(limiter.allow(peer(1), clock.now()));
}

TEST(RateLimiter, keeps_peers_apart) {
  ManualClock clock;
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_TRUE(limiter.allow(peer(1), clock.now()));
  EXPECT_FALSE(limiter.allow(peer(1), clock.now()));
  EXPECT_TRUE(limiter.allow(peer(2), clock.now()));
}

TEST(RateLimiter, forgets_idle_peers_and_stays_bounded) {
  ManualClock clock;
  RateLimiter limiter({.per_second = 1, .burst = 1}, /*max_peers=*/2);
  EXPECT_TRUE(limiter.allow(peer(1), clock.now()));
  EXPECT_TRUE(limiter.allow(peer(2), clock.now()));
  // Full of peers that are short of tokens: the third takes from the shared bucket, which fills
  // with time as any other.
  (void)limiter.allow(peer(3), clock.now());
  EXPECT_FALSE(limiter.allow(peer(4), clock.now()));
  EXPECT_EQ(limiter.peers(), 2u);
  clock.advance(seconds(5));
  EXPECT_TRUE(limiter.allow(peer(5), clock.now()));
  EXPECT_EQ(limiter.peers(), 1u);
}

}  // namespace
}  // namespace seine::control
