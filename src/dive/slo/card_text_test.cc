// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/card_text.h"

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

CardText text_of(const Objective& objective, BucketSeries series) {
  return card_text(objective, assess(objective, series, kNow, UtcZone()));
}

TEST(CardText, says_what_was_promised) {
  EXPECT_EQ(goal_sentence(objective("99%")),
            "99% of all requests over a rolling 7-day window are served successfully");
  EXPECT_EQ(goal_sentence(objective("99.5%", "90m")),
            "99.5% of all requests over a rolling 90-minute window are served successfully");
  Objective quick = objective("99.9%", "month Europe/Berlin");
  quick.latency = std::chrono::milliseconds(50);
  EXPECT_EQ(goal_sentence(quick),
            "99.9% of successful requests over each calendar month (Europe/Berlin) are answered "
            "within 50ms");
}

TEST(CardText, says_how_many_may_fail) {
  EXPECT_EQ(allowance_sentence(objective("99.99%")), "1 of every 10,000 requests may fail");
  EXPECT_EQ(allowance_sentence(objective("40%")), "up to 60% of requests may fail");
}

TEST(CardText, of_a_healthy_objective) {
  const CardText text = text_of(objective("99%", "1h"), minutes_of(60, counts(100, 0)));
  EXPECT_EQ(text.compliance, "100%");
  EXPECT_EQ(text.left, "100%");
  EXPECT_EQ(text.spent, "0%");
  EXPECT_EQ(text.recent, "100%");
  EXPECT_EQ(text.burn, "0x");
  EXPECT_EQ(text.state, "healthy");
  EXPECT_EQ(text.budget, "60 requests may still fail at this window's traffic");
  EXPECT_EQ(text.outlook, "");
  EXPECT_EQ(text.coverage, "");
  EXPECT_EQ(text.excluded, "");
}

TEST(CardText, counts_in_the_singular) {
  EXPECT_EQ(text_of(objective("99%", "1h"), minutes_of(1, counts(100, 0))).budget,
            "1 request may still fail at this window's traffic");
  EXPECT_EQ(text_of(objective("99%", "1h"), minutes_of(1, counts(50, 0))).budget,
            "no request may still fail at this window's traffic");
  auto series = minutes_of(1, counts(100, 2));
  series[0].tally.excluded = 1;
  const CardText text = text_of(objective("99%", "1h"), series);
  EXPECT_TRUE(text.budget.starts_with("1 failure over budget; recovers after 100 good requests"))
      << text.budget;
  EXPECT_EQ(text.excluded, "1 request of probes is excluded");
}

// Of 6000, 60 may fail and 200 did.
TEST(CardText, of_an_overspent_budget_tells_both_ways_back) {
  auto series = minutes_of(60, counts(100, 0));
  series[10].tally.counts = counts(100, 100);
  series[11].tally.counts = counts(100, 100);
  EXPECT_EQ(text_of(objective("99%", "1h"), series).budget,
            "140 failures over budget; recovers after 14,000 good requests in a row, or in 12 "
            "minutes as old failures age out");
}

TEST(CardText, does_not_promise_a_recovery_that_will_not_come) {
  EXPECT_EQ(text_of(objective("99%", "1h"), minutes_of(60, counts(100, 50))).budget,
            "2,940 failures over budget; recovers after 294,000 good requests in a row, and not "
            "as things go now");
}

TEST(CardText, of_no_traffic_shows_no_figures) {
  const CardText text = text_of(objective("99%"), minutes_of(60, {}));
  EXPECT_EQ(text.compliance, "no traffic");
  EXPECT_EQ(text.left, "no traffic");
  EXPECT_EQ(text.recent, "no traffic");
  EXPECT_EQ(text.burn, "");
  EXPECT_EQ(text.budget, "no requests in the last 7 days, so there is no budget");
}

TEST(CardText, tells_what_is_missing) {
  auto series = minutes_of(60, counts(100, 0));
  for (std::size_t i = 0; i < 4; ++i) series[i].coverage = {0, 1};
  EXPECT_EQ(text_of(objective("99%", "1h"), series).coverage,
            "93.3% of the counts are there; until they are complete this is no verdict");
  series = minutes_of(60, counts(100, 0));
  series[0].tally.unjudged = 7;
  EXPECT_EQ(text_of(objective("99%", "1h"), series).coverage, "7 requests could not be judged");
}

// Timers are late by milliseconds: on a card that is a gap only where somebody could look for it.
TEST(CardText, is_silent_about_what_timers_leave_out) {
  auto series = minutes_of(60, counts(100, 0));
  for (CountBucket& each : series) each.coverage = {60'000, 60'000};
  series[7].coverage.measured -= 35;
  EXPECT_EQ(text_of(objective("99%", "1h"), series).coverage, "");
  series[7].coverage.measured -= 29'964;
  EXPECT_EQ(text_of(objective("99%", "1h"), series).coverage, "");
  series[7].coverage.measured -= 1;
  EXPECT_EQ(text_of(objective("99%", "1h"), series).coverage, "99.1% of the counts are there");
  // Of a mesh that has run for a minute less is much, and withholds the verdict.
  const BucketSeries minute{series.data() + 7, 1};
  const CardText text = card_text(objective("99%", "1h"),
                                  assess(objective("99%", "1h"), minute, series[7].end, UtcZone()));
  EXPECT_EQ(text.coverage,
            "50% of the counts are there; until they are complete this is no verdict");
}

TEST(CardText, of_latency_speaks_of_late_answers) {
  Objective quick = objective("99%", "1h");
  quick.latency = std::chrono::milliseconds(50);
  EXPECT_EQ(text_of(quick, minutes_of(60, counts(100, 0))).budget,
            "60 requests may still be late at this window's traffic");
}

TEST(CardText, of_latency_tells_what_the_counts_cannot_tell_apart) {
  Objective quick = objective("99%", "1h");
  quick.latency = std::chrono::milliseconds(50);
  auto series = minutes_of(60, counts(100, 0));
  EXPECT_EQ(text_of(quick, series).unsure, "");
  series[0].tally.unsure = 7;
  EXPECT_EQ(text_of(quick, series).unsure,
            "7 of the late answers took 46.3ms to 50.5ms, and some may have been in time");
}

// A goal of more digits than usual: one digit would show a goal that is kept as missed.
TEST(CardText, shows_compliance_as_finely_as_the_goal) {
  const CardText text = text_of(objective("99.95%", "1h"), minutes_of(1, counts(10'000, 4)));
  EXPECT_EQ(text.compliance, "99.96%");
}

}  // namespace
}  // namespace seine::dive
