// SPDX-License-Identifier: Apache-2.0
// The figures on the cards of "What happens when service mesh maintainers get a taste of their own
// mesh?" (2020), from counts that give them.
#include "gtest/gtest.h"

#include "dive/slo/burn.h"
#include "dive/slo/card_text.h"
#include "dive/slo/number_text.h"
#include "dive/slo/proposal.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::days;
using std::chrono::hours;

// A week in which `bad` failed three days ago, and the last hour had `recent`.
std::vector<CountBucket> week(std::uint64_t total, std::uint64_t bad, const Outcomes& recent = {}) {
  std::vector<CountBucket> out(3);
  out[0] = {.end = kNow - hours(167), .length = hours(1), .tally = {}, .coverage = {1, 1}};
  out[1] = {.end = kNow - days(3),
            .length = hours(1),
            .tally = {.counts = counts(total - recent.total(), bad - recent.bad)},
            .coverage = {1, 1}};
  out[2] = {.end = kNow, .length = hours(1), .tally = {.counts = recent}, .coverage = {1, 1}};
  return out;
}

CardText text_of(const Objective& objective, BucketSeries series) {
  return card_text(objective, assess(objective, series, kNow, UtcZone()));
}

// 190.68 of 19,068 may fail and 743 did: 552.32 too many, 389.658 % of the budget. They are 55,232
// good requests away, where the card said 553.
TEST(TalkCards, a_budget_of_minus_289_7_percent_is_553_failures_over) {
  const CardText text = text_of(objective("99%"), week(19'068, 743, counts(113, 0)));
  EXPECT_EQ(text.goal, "99% of all requests over a rolling 7-day window are served successfully");
  EXPECT_EQ(text.left, "-289.7%");
  EXPECT_EQ(text.spent, "389.7%");
  EXPECT_EQ(text.compliance, "96.1%");
  EXPECT_EQ(text.recent, "100%");
  EXPECT_EQ(text.state, "exhausted");
  // All of them are in one bucket, which leaves in 4 days.
  EXPECT_EQ(text.budget,
            "553 failures over budget; recovers after 55,232 good requests in a row, or in 4 days "
            "as old failures age out");
}

// The same percentages at other counts: 744 of 19,092 are 553.08 too many, which is 554 failures.
TEST(TalkCards, a_part_of_a_failure_over_budget_is_a_failure) {
  const Budget budget(goal("99%"), counts(19'092, 744));
  EXPECT_EQ(format_percent(*budget.left(), 1, Cut::kDown), "-289.7%");
  EXPECT_EQ(budget.over(), 554U);
}

TEST(TalkCards, one_percent_of_55_million_is_551_570_failures) {
  const CardText text = text_of(objective("99%"), week(55'157'000, 0, counts(328'000, 0)));
  EXPECT_EQ(text.budget, "551,570 requests may still fail at this window's traffic");
  EXPECT_EQ(text.left, "100%");
  EXPECT_EQ(text.compliance, "100%");
  EXPECT_EQ(text.state, "healthy");
  // How many more may fail in a row is another number: of 54,605,440, A is 546,054.4, and
  // 546,054.4 / 0.99 = 551,570.1.
  EXPECT_EQ(Budget(goal("99%"), counts(54'605'440, 0)).failures_in_a_row(), 551'570U);
}

// 200 of 2,000,000 may fail and 90 did.
TEST(TalkCards, a_goal_of_99_99_percent_with_55_percent_left_is_not_shown_as_perfect) {
  const Objective payments = objective("99.99%", "30d");
  const CardText text = text_of(payments, week(2'000'000, 90, counts(1000, 2)));
  EXPECT_EQ(text.left, "55%");
  EXPECT_EQ(text.compliance, "99.99%");
  EXPECT_EQ(text.recent, "99.8%");
  EXPECT_EQ(text.burn, "20x");
  EXPECT_EQ(text.state, "burning");
  EXPECT_EQ(allowance_sentence(payments), "1 of every 10,000 requests may fail");
  const Budget budget(payments.goal, counts(2'000'000, 90));
  EXPECT_EQ(format_time(*time_to_exhaustion(budget, days(30), {20, 1}), Cut::kDown), "19.8 hours");
}

// The goal that was proposed after the first card: 953.4 of the same requests may fail.
TEST(TalkCards, the_same_service_keeps_a_goal_of_95_percent) {
  const auto series = week(19'068, 743, counts(113, 0));
  const CardText text = text_of(objective("95%"), series);
  EXPECT_EQ(text.left, "22%");
  EXPECT_EQ(text.compliance, "96.1%");
  EXPECT_EQ(text.state, "healthy");
  EXPECT_EQ(text.budget, "210 requests may still fail at this window's traffic");
  // 14.4 times a budget of 5 % is 72 % of failures; more than 20 times cannot be.
  EXPECT_EQ(format_factor(highest_burn_rate(goal("95%"))), "20x");
  const Proposals proposals = propose_goals(RollingWindow{days(7)}, series, kNow, UtcZone());
  ASSERT_TRUE(proposals.recommended);
  EXPECT_EQ(proposals.goals[*proposals.recommended].goal, goal("95%"));
}

}  // namespace
}  // namespace seine::dive
