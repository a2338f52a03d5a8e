// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/assessment.h"

#include "gtest/gtest.h"

#include "dive/slo/number_text.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Assessment assess_utc(const Objective& objective, BucketSeries series) {
  return assess(objective, series, kNow, UtcZone());
}

// 12 h of 100 requests a minute, so that 720 may fail.
std::vector<CountBucket> half_a_day() {
  return minutes_of(720, counts(100, 0));
}

TEST(Assessment, of_good_requests_is_healthy) {
  const auto series = half_a_day();
  const Assessment card = assess_utc(objective("99%", "12h"), series);
  EXPECT_EQ(card.state, State::kHealthy);
  EXPECT_EQ(card.tally.counts.total(), 72'000U);
  EXPECT_EQ(card.span, (Span{kNow - hours(12), kNow}));
  EXPECT_EQ(card.burn, (Ratio{0, Int128{10'000'000} * 6000}));
  EXPECT_FALSE(card.exhausted_in);
  EXPECT_FALSE(card.recovers_in);
}

// 2 of 100 fail in the last hour: 120 in all, 600 are left, which is 5/6 of the budget, and at 2x
// that is 5/6 * 12 h / 2.
TEST(Assessment, of_a_budget_that_goes_is_burning) {
  auto series = half_a_day();
  for (std::size_t i = 660; i < 720; ++i) series[i].tally.counts = counts(100, 2);
  const Assessment card = assess_utc(objective("99%", "12h"), series);
  EXPECT_EQ(card.state, State::kBurning);
  EXPECT_EQ(card.recent, counts(6000, 120));
  EXPECT_EQ(format_factor(*card.burn), "2x");
  EXPECT_EQ(format_percent(*card.recent_share, 1, Cut::kDown), "98%");
  EXPECT_EQ(card.exhausted_in, hours(5));
}

TEST(Assessment, of_one_failure_of_a_quiet_service_is_no_trend) {
  auto series = minutes_of(720, {});
  for (std::size_t i = 0; i < 720; i += 6) series[i].tally.counts = counts(2, 0);
  series[714].tally.counts = counts(2, 1);
  const Assessment card = assess_utc(objective("99%", "12h"), series);
  EXPECT_EQ(format_factor(*card.burn), "5x");
  EXPECT_EQ(card.state, State::kHealthy);
  EXPECT_FALSE(card.exhausted_in);
}

// 800 failed an hour ago and longer: 80 too many.
TEST(Assessment, of_an_overspent_budget_is_exhausted_though_all_is_well_now) {
  auto series = half_a_day();
  for (std::size_t i = 0; i < 80; ++i) series[i].tally.counts = counts(100, 10);
  const Assessment card = assess_utc(objective("99%", "12h"), series);
  EXPECT_EQ(card.state, State::kExhausted);
  EXPECT_EQ(card.budget.over(), 80U);
  EXPECT_EQ(format_percent(*card.recent_share, 1, Cut::kDown), "100%");
  // Each of the oldest minutes takes 10 failures along; one good minute brings back the request of
  // budget that it takes.
  EXPECT_EQ(card.recovers_in, minutes(8));
  EXPECT_FALSE(card.exhausted_in);
}

TEST(Assessment, of_silence_that_was_measured_is_no_traffic) {
  const Assessment card = assess_utc(objective("99%", "12h"), minutes_of(720, {}));
  EXPECT_EQ(card.state, State::kNoTraffic);
  EXPECT_FALSE(card.burn);
  EXPECT_FALSE(card.recent_share);
  EXPECT_EQ(assess_utc(objective("99%", "12h"), {}).state, State::kNoTraffic);
}

TEST(Assessment, of_what_was_not_measured_is_partial) {
  auto series = half_a_day();
  for (std::size_t i = 0; i < 37; ++i)
    series[i] = {.end = series[i].end, .length = minutes(1), .coverage = {0, 1}};
  EXPECT_EQ(assess_utc(objective("99%", "12h"), series).state, State::kPartialData);
  // 36 of 720 are 5 %.
  series[36].coverage = {1, 1};
  EXPECT_EQ(assess_utc(objective("99%", "12h"), series).state, State::kHealthy);
  for (CountBucket& bucket : series)
    bucket = {.end = bucket.end, .length = minutes(1), .coverage = {0, 1}};
  EXPECT_EQ(assess_utc(objective("99%", "12h"), series).state, State::kPartialData);
}

// Half is missing. Had it been good, 72,000 requests would allow 720 failures.
TEST(Assessment, is_exhausted_where_what_is_missing_could_not_save_it) {
  auto series = half_a_day();
  for (std::size_t i = 0; i < 360; ++i)
    series[i] = {.end = series[i].end, .length = minutes(1), .coverage = {0, 1}};
  series[400].tally.counts = counts(100, 100);
  for (std::size_t i = 500; i < 562; ++i) series[i].tally.counts = counts(100, 10);
  EXPECT_EQ(assess_utc(objective("99%", "12h"), series).state, State::kPartialData);
  series[562].tally.counts = counts(100, 1);
  EXPECT_EQ(assess_utc(objective("99%", "12h"), series).state, State::kExhausted);
}

TEST(Assessment, of_requests_that_could_not_be_judged_is_partial) {
  auto series = half_a_day();
  series.back().tally.unjudged = 3789;
  EXPECT_EQ(assess_utc(objective("99%", "12h"), series).state, State::kHealthy);
  series.back().tally.unjudged = 3790;
  EXPECT_EQ(assess_utc(objective("99%", "12h"), series).state, State::kPartialData);
}

// Two hours old: 180 of 12,000 may fail and 120 did, all in the last hour, at a burn rate of 4/3. A
// third of two hours' budget lasts 2 h / 3 / (4/3), where a week's would last two days.
TEST(Assessment, of_a_young_mesh_has_a_small_budget) {
  auto series = minutes_of(120, counts(100, 0));
  for (std::size_t i = 60; i < 120; ++i) series[i].tally.counts = counts(100, 2);
  const Assessment card = assess_utc(objective("98.5%"), series);
  EXPECT_EQ(card.state, State::kBurning);
  EXPECT_EQ(card.exhausted_in, minutes(30));
}

TEST(Assessment, of_a_budget_that_comes_back_faster_than_it_goes_has_no_end_in_sight) {
  const Assessment card = assess_utc(objective("98%", "1h"), minutes_of(60, counts(100, 1)));
  EXPECT_EQ(format_factor(*card.burn), "0.5x");
  EXPECT_EQ(card.state, State::kHealthy);
  EXPECT_FALSE(card.exhausted_in);
}

TEST(Assessment, forgets_what_has_left_the_window) {
  auto series = minutes_of(121, counts(100, 0));
  for (std::size_t i = 0; i <= 60; ++i) series[i].tally.counts = counts(100, 100);
  EXPECT_EQ(assess_utc(objective("99%", "1h"), series).state, State::kHealthy);
}

// Five days into the month, 1000 requests an hour: 1200 of 120,000 may fail.
TEST(Assessment, of_a_month_begins_anew_at_its_end) {
  const WallTime now = kNow + hours(120);
  std::vector<CountBucket> series(240);
  for (std::size_t i = 0; i < series.size(); ++i) {
    series[i] = {.end = kNow + hours(static_cast<int>(i) - 119),
                 .length = hours(1),
                 .tally = {.counts = counts(1000, i < 120 ? 1000 : 0)},
                 .coverage = {1, 1}};
  }
  series[130].tally.counts = counts(1000, 1000);
  series[131].tally.counts = counts(1000, 300);
  const Assessment card = assess(objective("99%", "month"), series, now, UtcZone());
  EXPECT_EQ(card.tally.counts, counts(120'000, 1300));
  EXPECT_EQ(card.state, State::kExhausted);
  EXPECT_EQ(card.budget.over(), 100U);
  // 10 more may fail with every hour.
  EXPECT_EQ(card.recovers_in, hours(10));
}

TEST(Assessment, of_a_months_first_moment_is_of_nothing) {
  const Assessment card =
      assess(objective("99%", "month"), minutes_of(60, counts(100, 50)), kNow, UtcZone());
  EXPECT_EQ(card.state, State::kNoTraffic);
}

TEST(State, has_a_name) {
  EXPECT_EQ(state_name(State::kHealthy), "healthy");
  EXPECT_EQ(state_name(State::kBurning), "burning");
  EXPECT_EQ(state_name(State::kExhausted), "exhausted");
  EXPECT_EQ(state_name(State::kNoTraffic), "no traffic");
  EXPECT_EQ(state_name(State::kPartialData), "partial data");
}

}  // namespace
}  // namespace seine::dive
