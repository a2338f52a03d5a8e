// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/tally.h"

#include "gtest/gtest.h"

#include "base/error.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;

model::ResponseFacts facts(std::uint32_t status) {
  return {.http_status = status, .grpc_status = -1, .cause = {}, .excluded = false};
}

Objective within_50_ms() {
  Objective out = objective("99%");
  out.latency = milliseconds(50);
  return out;
}

TEST(Tally, of_success_takes_the_verdict_of_the_mesh) {
  const Objective success = objective("99%");
  EXPECT_EQ(tally_row(success, facts(200), 5, {}).counts, (Outcomes{5, 0}));
  EXPECT_EQ(tally_row(success, facts(404), 5, {}).counts, (Outcomes{5, 0}));
  EXPECT_EQ(tally_row(success, facts(500), 5, {}).counts, (Outcomes{0, 5}));
  EXPECT_EQ(tally_row(success, facts(0), 5, {}).counts, (Outcomes{0, 5}));
}

TEST(Tally, keeps_probes_and_callers_who_left_apart) {
  model::ResponseFacts probe = facts(500);
  probe.excluded = true;
  const Tally probes = tally_row(objective("99%"), probe, 3, {});
  EXPECT_EQ(probes.counts.total(), 0U);
  EXPECT_EQ(probes.excluded, 3U);
  model::ResponseFacts left = facts(0);
  left.cause = error_name(ErrorCode::kCancelled);
  EXPECT_EQ(tally_row(objective("99%"), left, 4, {}).cancelled, 4U);
  EXPECT_EQ(tally_overflow(6).unjudged, 6U);
}

// 50 ms lies in the histogram's bucket (46.3 ms, 50.5 ms].
TEST(Tally, of_latency_takes_no_answer_for_quick_that_may_have_been_late) {
  telemetry::LatencyHistogram latency;
  latency.add(milliseconds(10));
  latency.add(milliseconds(46));
  latency.add(milliseconds(48));
  latency.add(milliseconds(51));
  const Tally tally = tally_row(within_50_ms(), facts(200), 4, latency);
  EXPECT_EQ(tally.counts, (Outcomes{2, 2}));
  EXPECT_EQ(tally.unsure, 1U);
}

TEST(Tally, of_latency_asks_only_those_that_succeed) {
  telemetry::LatencyHistogram latency;
  latency.add(milliseconds(1));
  EXPECT_EQ(tally_row(within_50_ms(), facts(500), 1, latency), Tally{});
}

TEST(Tally, stands_still_where_it_would_wrap) {
  Outcomes sum{kMaxCount - 1, 0};
  sum += {~std::uint64_t{0}, 0};
  EXPECT_EQ(sum.good, kMaxCount);
  EXPECT_GT((Outcomes{kMaxCount, kMaxCount}).total(), kMaxCount);
}

TEST(Views, take_the_callers_word_where_the_caller_is_meshed) {
  Views views;
  views.add_outbound({.counts = {90, 10}});
  views.add_inbound({.counts = {92, 4}}, true);
  views.add_inbound({.counts = {7, 1}}, false);
  EXPECT_EQ(views.verdict.counts, (Outcomes{97, 11}));
  EXPECT_EQ(views.callers.counts, (Outcomes{90, 10}));
  EXPECT_EQ(views.servers.counts, (Outcomes{99, 5}));
}

}  // namespace
}  // namespace seine::dive
