// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/proposal.h"

#include <algorithm>

#include "gtest/gtest.h"

#include "dive/slo/number_text.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Window kHour = RollingWindow{hours(1)};

const Proposal& of(const Proposals& proposals, std::string_view text) {
  return *std::ranges::find(proposals.goals, goal(text), &Proposal::goal);
}

std::string met(const Proposal& proposal) {
  return format_percent(proposal.met, 1, Cut::kDown);
}

// Two hours of 1000 requests a minute, of which 30 failed 50 minutes ago. The hours that end within
// the last one have 60,000 requests; in 51 of 60 those 30 are among them.
std::vector<CountBucket> one_bad_minute() {
  auto series = minutes_of(120, counts(1000, 0));
  series[69].tally.counts = counts(1000, 30);
  return series;
}

TEST(Proposals, tell_how_much_of_the_last_window_each_would_have_been_met) {
  const Proposals proposals = propose_goals(kHour, one_bad_minute(), kNow, UtcZone());
  EXPECT_EQ(met(of(proposals, "99.99%")), "15%");
  EXPECT_EQ(met(of(proposals, "99.95%")), "100%");
  EXPECT_EQ(met(of(proposals, "99.9%")), "100%");
  EXPECT_EQ(format_percent(of(proposals, "99.99%").left_now, 1, Cut::kDown), "-400%");
  EXPECT_EQ(format_percent(of(proposals, "99.9%").left_now, 1, Cut::kDown), "50%");
}

// 99.95 % was met by all, and by nothing to spare: it would begin exhausted.
TEST(Proposals, recommend_the_strictest_that_bears_a_failure) {
  const Proposals proposals = propose_goals(kHour, one_bad_minute(), kNow, UtcZone());
  ASSERT_TRUE(proposals.recommended);
  EXPECT_EQ(proposals.goals[*proposals.recommended].goal, goal("99.9%"));
  EXPECT_EQ(proposals.goals[*proposals.recommended].may_still_fail, 30U);
}

// The store keeps old counts in longer buckets: half an hour of failures is half of the hour.
TEST(Proposals, weigh_moments_by_their_time) {
  auto series = minutes_of(30, counts(1'000'000, 0));
  series.insert(series.begin(), {.end = kNow - minutes(30),
                                 .length = minutes(30),
                                 .tally = {.counts = counts(1000, 500)},
                                 .coverage = {1, 1}});
  const auto tried = try_goal(goal("99%"), kHour, series, kNow, UtcZone());
  ASSERT_TRUE(tried);
  EXPECT_EQ(met(*tried), "50%");
}

TEST(Proposals, go_below_the_usual_goals_for_a_service_that_fails_much) {
  const Proposals proposals =
      propose_goals(kHour, minutes_of(120, counts(1000, 300)), kNow, UtcZone());
  ASSERT_TRUE(proposals.recommended);
  EXPECT_EQ(proposals.goals[*proposals.recommended].goal, goal("69%"));
  EXPECT_EQ(met(of(proposals, "90%")), "0%");
}

// Of 60 requests at 99 % not one may fail; at 98 % one may.
TEST(Proposals, are_not_stricter_than_the_traffic_bears) {
  const Proposals proposals = propose_goals(kHour, minutes_of(60, counts(1, 0)), kNow, UtcZone());
  ASSERT_TRUE(proposals.recommended);
  EXPECT_EQ(proposals.goals[*proposals.recommended].goal, goal("98%"));
}

TEST(Proposals, of_no_traffic_are_none) {
  const Proposals proposals = propose_goals(kHour, minutes_of(120, {}), kNow, UtcZone());
  EXPECT_TRUE(proposals.goals.empty());
  EXPECT_FALSE(proposals.recommended);
  EXPECT_FALSE(try_goal(goal("99%"), kHour, {}, kNow, UtcZone()));
}

TEST(Proposals, of_a_service_that_always_fails_recommend_nothing) {
  const Proposals proposals =
      propose_goals(kHour, minutes_of(120, counts(1000, 1000)), kNow, UtcZone());
  EXPECT_FALSE(proposals.recommended);
  EXPECT_EQ(proposals.goals.size(), 9U);
}

TEST(Proposals, try_a_goal_of_ones_own) {
  const auto tried = try_goal(goal("99.94%"), kHour, one_bad_minute(), kNow, UtcZone());
  ASSERT_TRUE(tried);
  EXPECT_EQ(met(*tried), "100%");
  EXPECT_EQ(tried->may_still_fail, 6U);
}

TEST(Proposals, of_a_month_look_at_each_moment_from_its_own_beginning) {
  auto series = minutes_of(60, counts(1000, 0), kNow + minutes(60));
  series[0].tally.counts = counts(1000, 20);
  // 2 % after a minute, 1 % after two.
  const auto tried = try_goal(goal("99%"), CalendarMonth{}, series, kNow + minutes(60), UtcZone());
  ASSERT_TRUE(tried);
  EXPECT_EQ(met(*tried), "98.3%");
}

}  // namespace
}  // namespace seine::dive
