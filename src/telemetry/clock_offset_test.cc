// SPDX-License-Identifier: Apache-2.0
#include "telemetry/clock_offset.h"

#include "gtest/gtest.h"

namespace seine::telemetry {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow(seconds(1'767'225'600));

TEST(ClockOffset, is_the_least_difference_since_a_delay_is_only_ever_positive) {
  ClockOffset offset;
  EXPECT_EQ(offset.behind(), std::nullopt);
  offset.hear(kNow - seconds(40), kNow);
  EXPECT_EQ(offset.behind(), seconds(40));
  offset.hear(kNow + seconds(9), kNow + seconds(10));
  EXPECT_EQ(offset.behind(), seconds(1));
  offset.hear(kNow + seconds(10), kNow + minutes(2));
  EXPECT_EQ(offset.behind(), seconds(1));
}

TEST(ClockOffset, knows_a_clock_that_is_ahead_at_once) {
  ClockOffset offset;
  offset.hear(kNow, kNow);
  offset.hear(kNow + hours(1), kNow + seconds(10));
  EXPECT_EQ(offset.behind(), seconds(10) - hours(1));
}

TEST(ClockOffset, does_not_take_what_waited_through_a_silence_for_a_clock_that_is_behind) {
  ClockOffset offset;
  offset.hear(kNow, kNow + seconds(1));
  // Read an hour late, and then what was sent meanwhile, and now.
  const WallTime later = kNow + hours(1);
  for (int i = 1; i <= 360; ++i) {
    offset.hear(kNow + seconds(10) * i, later + std::chrono::milliseconds(i));
    ASSERT_LE(offset.behind(), seconds(1)) << i;
  }
}

TEST(ClockOffset, believes_a_clock_that_stays_behind) {
  ClockOffset offset;
  offset.hear(kNow, kNow);
  WallTime now = kNow;
  for (; now < kNow + 2 * kClockMemory + seconds(20); now += seconds(10)) {
    offset.hear(now - hours(1), now);
  }
  EXPECT_EQ(offset.behind(), hours(1));
}

TEST(ClockOffset, begins_anew_where_their_clock_was_set_back) {
  ClockOffset offset;
  offset.hear(kNow + hours(1), kNow);
  offset.forget();
  offset.hear(kNow, kNow);
  EXPECT_EQ(offset.behind(), Duration::zero());
}

TEST(ClockOffset, does_not_stand_still_where_our_own_clock_was_set_back) {
  ClockOffset offset;
  offset.hear(kNow, kNow + hours(1));
  offset.hear(kNow, kNow);
  EXPECT_EQ(offset.behind(), Duration::zero());
}

}  // namespace
}  // namespace seine::telemetry
