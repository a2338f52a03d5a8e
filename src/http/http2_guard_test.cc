// SPDX-License-Identifier: Apache-2.0
#include "http/http2_guard.h"

#include <set>

#include "gtest/gtest.h"

#include "http/http2_error.h"

namespace seine::http {
namespace {

const TimePoint kStart{std::chrono::seconds(1000)};

TEST(Http2Guard, a_burst_is_forgiven_and_no_more) {
  Http2Guard guard(kStart);
  for (std::int64_t i = 0; i < Http2Guard::kBurst; ++i) {
    ASSERT_TRUE(guard.charge(Http2Close::kControlFlood, 1, kStart)) << i;
  }
  EXPECT_FALSE(guard.charge(Http2Close::kRapidReset, 1, kStart));
  EXPECT_EQ(guard.reason(), Http2Close::kRapidReset);
}

TEST(Http2Guard, time_gives_points_back_up_to_the_burst) {
  Http2Guard guard(kStart);
  TimePoint now = kStart;
  for (int second = 0; second < 1000; ++second) {
    ASSERT_TRUE(guard.charge(Http2Close::kControlFlood, Http2Guard::kPerSecond, now)) << second;
    now += std::chrono::seconds(1);
  }
  now += std::chrono::hours(1000);
  EXPECT_TRUE(guard.charge(Http2Close::kControlFlood, Http2Guard::kBurst, now));
  EXPECT_TRUE(guard.charge(Http2Close::kControlFlood, Http2Guard::kBurst, now));
  EXPECT_FALSE(guard.charge(Http2Close::kControlFlood, Http2Guard::kBurst, now));
}

TEST(Http2Guard, cancels_are_free_up_to_a_rate) {
  TimePoint now{};
  Http2Guard guard(now);
  for (std::int64_t i = 0; i < Http2Guard::kCancels; ++i) ASSERT_TRUE(guard.is_free_to_cancel(now));
  EXPECT_FALSE(guard.is_free_to_cancel(now));
  now += std::chrono::seconds(1);
  for (std::int64_t i = 0; i < Http2Guard::kCancelsPerSecond; ++i) {
    ASSERT_TRUE(guard.is_free_to_cancel(now));
  }
  EXPECT_FALSE(guard.is_free_to_cancel(now));
  now += std::chrono::hours(1);
  for (std::int64_t i = 0; i < Http2Guard::kCancels; ++i) ASSERT_TRUE(guard.is_free_to_cancel(now));
  EXPECT_FALSE(guard.is_free_to_cancel(now)) << "no more than at first";
}

TEST(Http2Guard, a_reader_that_acknowledges_each_4_KiB_twice_pays_for_it_by_reading) {
  const TimePoint now{};
  Http2Guard guard(now);
  for (int frame = 0; frame < 10'000; ++frame) {
    guard.earn_for_data(16'384);
    ASSERT_TRUE(guard.charge(Http2Close::kControlFlood, 8 * Http2Guard::kControl, now));
  }
  EXPECT_FALSE(guard.nearly_spent());
}

TEST(Http2Guard, work_earns_points_up_to_the_burst) {
  Http2Guard guard(kStart);
  for (int i = 0; i < 100'000; ++i) {
    guard.earn(Http2Guard::kProgress);
    ASSERT_TRUE(guard.charge(Http2Close::kControlFlood, Http2Guard::kProgress, kStart));
  }
  guard.earn(1'000'000);
  EXPECT_TRUE(guard.charge(Http2Close::kControlFlood, Http2Guard::kBurst, kStart));
  EXPECT_FALSE(guard.charge(Http2Close::kControlFlood, 1, kStart));
}

TEST(Http2Guard, a_peer_is_warned_with_three_quarters_spent_however_slowly) {
  Http2Guard guard(kStart);
  constexpr std::int64_t kMost = Http2Guard::kBurst - Http2Guard::kWarning;
  EXPECT_TRUE(guard.charge(Http2Close::kMalformed, kMost, kStart));
  EXPECT_FALSE(guard.nearly_spent());
  EXPECT_TRUE(guard.charge(Http2Close::kControlFlood, 1, kStart));
  EXPECT_TRUE(guard.nearly_spent());
  EXPECT_EQ(guard.reason(), Http2Close::kControlFlood);
}

TEST(Http2Guard, charges_that_follow_closely_do_not_stop_the_clock) {
  Http2Guard guard(kStart);
  ASSERT_TRUE(guard.charge(Http2Close::kControlFlood, Http2Guard::kBurst, kStart));
  TimePoint now = kStart;
  for (int i = 0; i < 10'000; ++i) {
    now += std::chrono::milliseconds(1);
    if (i % 6 == 5) {
      ASSERT_TRUE(guard.charge(Http2Close::kControlFlood, 1, now)) << i;
    } else {
      ASSERT_TRUE(guard.charge(Http2Close::kControlFlood, 0, now)) << i;
    }
  }
}

TEST(Http2Close, every_reason_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kHttp2CloseReasons; ++i) {
    names.insert(http2_close_name(static_cast<Http2Close>(i)));
  }
  EXPECT_EQ(names.size(), kHttp2CloseReasons);
}

}  // namespace
}  // namespace seine::http
