// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/recovery.h"

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// An hour of 100 requests a minute at 99 %: 60 may fail, and 20 failed in each of the oldest 5
// minutes. When k minutes have left, 100 - 20k failed and 60 - k may.
std::vector<CountBucket> overspent() {
  auto series = minutes_of(60, counts(100, 0));
  for (std::size_t i = 0; i < 5; ++i) series[i].tally.counts = counts(100, 20);
  return series;
}
constexpr long double kRate = 100.0L / 60;

TEST(Recovery, comes_as_old_failures_age_out) {
  EXPECT_EQ(rolling_recovery(goal("99%"), overspent(), hours(1), kNow, Flow{}), minutes(3));
}

// New requests allow one failure more a minute: after 2 minutes 60 failed and 58 + 2 may.
TEST(Recovery, comes_earlier_as_good_requests_come) {
  EXPECT_EQ(rolling_recovery(goal("99%"), overspent(), hours(1), kNow, Flow{kRate, 0}), minutes(2));
}

// 2 of 100 fail a minute and one of them may: after 3 minutes 40 + 6 failed and 57 + 3 may.
TEST(Recovery, may_come_while_the_budget_burns) {
  EXPECT_EQ(rolling_recovery(goal("99%"), overspent(), hours(1), kNow, Flow{kRate, 0.02L}),
            minutes(3));
}

TEST(Recovery, does_not_come_while_half_fails) {
  EXPECT_FALSE(rolling_recovery(goal("99%"), overspent(), hours(1), kNow, Flow{kRate, 0.5L}));
}

// 100 requests a minute ago, all failed: 99 too many. At 10 good ones a second, 0.1 more may fail.
TEST(Recovery, comes_between_the_ends_of_buckets) {
  const auto series = minutes_of(1, counts(100, 100));
  EXPECT_EQ(rolling_recovery(goal("99%"), series, hours(1), kNow, Flow{10, 0}), seconds(990));
}

TEST(Recovery, of_what_is_not_lost_is_at_once) {
  EXPECT_EQ(rolling_recovery(goal("99%"), minutes_of(60, counts(100, 0)), hours(1), kNow, Flow{}),
            Duration::zero());
}

// 150 of 10,000 failed and 100 may; at 10 good requests a second 0.1 more may.
TEST(Recovery, of_a_month_waits_for_good_requests_or_for_its_end) {
  EXPECT_EQ(month_recovery(goal("99%"), counts(10'000, 150), hours(1), Flow{10, 0}), seconds(500));
  EXPECT_EQ(month_recovery(goal("99%"), counts(10'000, 150), minutes(5), Flow{10, 0}), minutes(5));
  EXPECT_EQ(month_recovery(goal("99%"), counts(10'000, 150), hours(1), Flow{10, 0.5L}), hours(1));
}

}  // namespace
}  // namespace seine::dive
