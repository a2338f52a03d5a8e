// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/burn.h"

#include "gtest/gtest.h"

#include "dive/slo/number_text.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

TEST(BurnRate, of_one_spends_the_budget_within_the_window) {
  EXPECT_EQ(format_factor(*burn_rate(goal("99%"), counts(1000, 10))), "1x");
  EXPECT_EQ(format_factor(*burn_rate(goal("99%"), counts(1000, 144))), "14.4x");
  EXPECT_EQ(format_factor(*burn_rate(goal("99%"), counts(1000, 0))), "0x");
  EXPECT_FALSE(burn_rate(goal("99%"), {}));
}

TEST(BurnRate, is_bounded_by_the_goal) {
  EXPECT_EQ(format_factor(highest_burn_rate(goal("95%"))), "20x");
  EXPECT_EQ(format_factor(highest_burn_rate(goal("99.9%"))), "1000x");
}

// An hour of 30 days, evenly busy, at 14.4x: 2 % of the budget.
TEST(BurnRate, takes_its_part_of_the_budget) {
  const auto part = consumed(goal("99%"), counts(1000, 144), counts(720'000, 144));
  EXPECT_EQ(format_percent(*part, 1, Cut::kUp), "2%");
  EXPECT_FALSE(consumed(goal("99%"), {}, {}));
}

// 10 requests an hour at 99.9 % over 30 days: 7.2 may fail.
TEST(BurnRate, of_a_quiet_service_leaps_at_one_failure) {
  const auto part = consumed(goal("99.9%"), counts(10, 1), counts(7200, 1));
  EXPECT_EQ(format_percent(*part, 1, Cut::kUp), "13.9%");
  EXPECT_EQ(format_factor(*burn_rate(goal("99.9%"), counts(10, 1))), "100x");
}

// 55 % of 30 days at 20x: 0.55 * 720 h / 20.
TEST(Exhaustion, comes_when_what_is_left_has_burnt) {
  const Budget budget(goal("99.99%"), counts(2'000'000, 90));
  EXPECT_EQ(time_to_exhaustion(budget, days(30), {20, 1}), seconds(71'280));
  EXPECT_FALSE(time_to_exhaustion(budget, days(30), {0, 1}));
  EXPECT_FALSE(time_to_exhaustion(Budget(goal("99%"), {}), days(30), {20, 1}));
}

TEST(Exhaustion, has_come_where_nothing_is_left) {
  const Budget budget(goal("99%"), counts(10'000, 100));
  EXPECT_EQ(time_to_exhaustion(budget, days(7), {1, 1}), Duration::zero());
  EXPECT_EQ(time_to_exhaustion(budget, goal("99%"), Flow{10, 0.02L}), Duration::zero());
}

// 50 may still fail; at 10 requests a second of which 2 % fail, 0.2 fail and 0.1 are allowed.
TEST(Exhaustion, of_a_month_counts_the_budget_that_new_requests_bring) {
  const Budget budget(goal("99%"), counts(10'000, 50));
  EXPECT_EQ(time_to_exhaustion(budget, goal("99%"), Flow{10, 0.02L}), seconds(500));
  EXPECT_FALSE(time_to_exhaustion(budget, goal("99%"), Flow{10, 0.005L}));
  EXPECT_FALSE(time_to_exhaustion(budget, goal("99%"), Flow{}));
}

TEST(Flow, is_what_comes_in) {
  const Flow flow = flow_of(counts(3600, 36), hours(1));
  EXPECT_DOUBLE_EQ(static_cast<double>(flow.requests_per_second), 1.0);
  EXPECT_DOUBLE_EQ(static_cast<double>(flow.bad_share), 0.01);
  EXPECT_EQ(flow_of({}, hours(1)).requests_per_second, 0);
}

}  // namespace
}  // namespace seine::dive
