// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/objective_counts.h"

#include <gtest/gtest.h>

#include "dive/evidence/testing/row_script.h"
#include "dive/slo/assessment.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

ObjectiveCounts count(const std::vector<CountRows>& rows,
                      const std::vector<CoverageSlot>& coverage = {},
                      const Objective& of = objective("99%")) {
  return count_for(of, payments_backends(), rows, coverage);
}

TEST(ObjectiveCounts, are_the_callers_word_where_the_caller_is_meshed) {
  const auto counted =
      count({rows(outbound(), 90), rows(outbound(503), 10), rows(inbound(), 92),
             rows(inbound(503), 4), rows(from_outside(), 7), rows(from_outside(500), 1)});
  ASSERT_EQ(counted.buckets.size(), 1U);
  EXPECT_EQ(counted.buckets[0].tally.counts, (Outcomes{97, 11}));
  EXPECT_EQ(counted.buckets[0].end, kNow);
  EXPECT_EQ(counted.buckets[0].length, minutes(1));
  EXPECT_EQ(counted.views.callers.counts, (Outcomes{90, 10}));
  EXPECT_EQ(counted.views.servers.counts, (Outcomes{99, 5}));
  EXPECT_EQ(counted.views.verdict.counts, (Outcomes{97, 11}));
}

TEST(ObjectiveCounts, have_each_request_to_the_address_of_a_pod_once) {
  const auto counted =
      count({rows(outbound(), 90), rows(inbound(), 90), rows(to_a_pod(503), 10),
             rows(from_who_knows_a_pod(503), 10), rows(from_who_knows_a_pod(), 1)});
  EXPECT_EQ(counted.views.verdict.counts, (Outcomes{90, 10}));
  EXPECT_EQ(counted.views.servers.counts, (Outcomes{91, 10}));
}

TEST(ObjectiveCounts, leave_out_what_is_of_others) {
  RowFacts other = outbound(503);
  other.target.service = "ledger";
  EXPECT_TRUE(count({rows(other, 5)}).buckets.empty());
}

TEST(ObjectiveCounts, are_in_buckets_by_their_end) {
  const auto counted =
      count({rows(outbound(), 5, 1), rows(outbound(500), 3, 0), rows(outbound(), 2, 0)});
  ASSERT_EQ(counted.buckets.size(), 2U);
  EXPECT_EQ(counted.buckets[0].tally.counts, (Outcomes{5, 0}));
  EXPECT_EQ(counted.buckets[1].tally.counts, (Outcomes{2, 3}));
}

TEST(ObjectiveCounts, tell_silence_from_absence) {
  const auto counted =
      count({rows(outbound(), 5)}, {{kNow - minutes(1), minutes(1), {60'000, 120'000}},
                                    {kNow, minutes(1), {60'000, 60'000}},
                                    {kNow, minutes(1), {30'000, 60'000}}});
  ASSERT_EQ(counted.buckets.size(), 2U);
  EXPECT_EQ(counted.buckets[0].tally, Tally{});
  EXPECT_EQ(counted.buckets[0].coverage, (Coverage{60'000, 120'000}));
  EXPECT_EQ(counted.buckets[1].coverage, (Coverage{90'000, 120'000}));
}

TEST(ObjectiveCounts, keep_probes_and_callers_who_left_apart) {
  RowFacts probe = from_outside();
  probe.is_excluded = true;
  const auto counted = count({rows(probe, 30), rows(outbound(0, "cancelled"), 2)});
  EXPECT_EQ(counted.views.verdict.excluded, 30U);
  EXPECT_EQ(counted.views.verdict.cancelled, 2U);
  EXPECT_EQ(counted.views.verdict.counts.total(), 0U);
}

TEST(ObjectiveCounts, of_latency_are_read_from_histograms) {
  Objective quick = objective("99%");
  quick.latency = milliseconds(50);
  CountRows all = rows(outbound(), 3);
  all.slots[0].latency.add(milliseconds(5));
  all.slots[0].latency.add(milliseconds(48));
  all.slots[0].latency.add(milliseconds(80));
  const auto counted = count({all, rows(outbound(503), 9)}, {}, quick);
  EXPECT_EQ(counted.views.verdict.counts, (Outcomes{1, 2}));
  EXPECT_EQ(counted.views.verdict.unsure, 1U);
}

// Web's proxy could not keep 40 requests apart; some of them may have been to payments.
TEST(ObjectiveCounts, are_partial_where_a_caller_of_the_subject_could_not_keep_rows_apart) {
  const auto counted = count({rows(outbound(), 60), rows(overflow(outbound()), 40)});
  EXPECT_EQ(counted.views.verdict.unjudged, 40U);
  RowFacts stranger = overflow(outbound());
  stranger.reporter.workload = "cron";
  EXPECT_EQ(count({rows(outbound(), 60), rows(stranger, 40)}).views.verdict.unjudged, 0U);
}

// Its callers have told of all that payments could not keep apart, or of all but 10.
TEST(ObjectiveCounts, bear_what_a_server_could_not_keep_apart_so_far_as_callers_told) {
  auto counted = count({rows(outbound(), 100), rows(inbound(), 60), rows(overflow(inbound()), 40)});
  EXPECT_EQ(counted.views.verdict.unjudged, 0U);
  EXPECT_EQ(counted.views.servers.unjudged, 40U);
  counted = count({rows(outbound(), 90), rows(from_outside(), 20), rows(inbound(), 60),
                   rows(overflow(inbound()), 40)});
  EXPECT_EQ(counted.views.verdict.unjudged, 10U);
  counted = count({rows(overflow(inbound()), 40)});
  EXPECT_EQ(counted.views.verdict.unjudged, 40U);
}

TEST(ObjectiveCounts, of_clusters_add_up) {
  auto sum = count({rows(outbound(), 5, 1), rows(outbound(503), 1)});
  add(sum, count({rows(outbound(), 7)}, {{kNow, minutes(1), {1, 2}}}));
  ASSERT_EQ(sum.buckets.size(), 2U);
  EXPECT_EQ(sum.buckets[1].tally.counts, (Outcomes{7, 1}));
  EXPECT_EQ(sum.buckets[1].coverage, (Coverage{1, 2}));
  EXPECT_EQ(sum.views.callers.counts, (Outcomes{12, 1}));
}

TEST(ObjectiveCounts, are_what_a_card_is_made_of) {
  std::vector<CountRows> all;
  for (int i = 0; i < 60; ++i) all.push_back(rows(outbound(i < 3 ? 503 : 200), 100, i));
  const Objective promised = objective("90%", "1h");
  const auto counted = count(all, {}, promised);
  const Assessment card = assess(promised, counted.buckets, kNow, UtcZone());
  EXPECT_EQ(card.tally.counts, (Outcomes{5700, 300}));
  EXPECT_EQ(card.state, State::kBurning);
}

}  // namespace
}  // namespace seine::dive
