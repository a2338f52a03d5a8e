// SPDX-License-Identifier: Apache-2.0
#include "dive/views/rows_of_counts.h"

#include <limits>

#include "gtest/gtest.h"

#include "dive/views/completeness.h"
#include "dive/views/golden.h"
#include "dive/views/testing/shop_scene.h"

namespace seine::dive {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(RowsOfCounts, keep_all_that_a_series_says) {
  Series series = served(503);
  series.grpc_status = 14;
  series.cause = "connect timeout";
  series.excluded = true;
  series.authority = "example.org";
  const RowFacts facts = facts_of(series);
  EXPECT_TRUE(facts.is_inbound());
  EXPECT_EQ(facts.reporter, (Party{"shop", "payments", "v2"}));
  EXPECT_EQ(facts.peer, (Party{"shop", "web", "v3"}));
  EXPECT_EQ(facts.target,
            (telemetry::Target{
                .service = "payments", .ns = "shop", .port = 8080, .authority = "example.org"}));
  EXPECT_EQ(facts.route, "gateway/httproute/charge");
  EXPECT_EQ(facts.peer_identity, "web.shop");
  EXPECT_EQ(facts.http_status, 503U);
  EXPECT_EQ(facts.grpc_status, 14);
  EXPECT_EQ(facts.cause, "connect timeout");
  EXPECT_TRUE(facts.is_excluded);
  EXPECT_FALSE(facts.is_overflow);
  EXPECT_FALSE(facts_of(sent()).is_inbound());
}

TEST(RowsOfCounts, numbers_that_no_proxy_writes_are_brought_into_range) {
  Series series = sent(-7);
  series.target_port = 1 << 20;
  series.grpc_status = std::numeric_limits<std::int64_t>::max();
  const RowFacts facts = facts_of(series);
  EXPECT_EQ(facts.http_status, 0U);
  EXPECT_EQ(facts.target.port, 65535U);
  EXPECT_EQ(facts.grpc_status, INT32_MAX);
}

TEST(RowsOfCounts, an_example_is_of_its_series_alone) {
  const KeptExemplar kept{.series = 2,
                          .ended_at = kNow,
                          .latency = milliseconds(40),
                          .method = "POST",
                          .path = "/pay",
                          .trace_id = "4b",
                          .detail = "reset"};
  const auto rows = rows_of({counted(1, sent(), 9), counted(2, sent(503), 4)}, std::span(&kept, 1));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].examples.empty());
  EXPECT_EQ(rows[0].slots.at(0).count, 9U);
  EXPECT_EQ(rows[0].slots.at(0).latency.total(), 9U);
  EXPECT_EQ(rows[1].examples,
            (std::vector<Example>{{kNow, milliseconds(40), "POST", "/pay", "4b", "reset"}}));
}

TEST(Coverage, of_pods_of_which_no_life_is_known_is_complete) {
  EXPECT_EQ(coverage_of(CoveredSlot{.measured = seconds(7)}), (Coverage{7000, 7000}));
  EXPECT_EQ(coverage_of(CoveredSlot{.measured = seconds(7), .expected = seconds(10)}),
            (Coverage{7000, 10'000}));
  EXPECT_EQ(coverage_of(CoveredSlot{.measured = {}, .expected = seconds(10)}),
            (Coverage{0, 10'000}));
}

TEST(Coverage, of_one_slot_does_not_make_up_for_another) {
  EXPECT_EQ(coverage_of(CoveredSlot{.measured = seconds(12), .expected = seconds(10)}),
            (Coverage{10'000, 10'000}));
}

TEST(CountedTime, is_when_anybody_counted) {
  std::vector<CoveredWorkload> all = {
      covered(kPaymentsWorkload, minutes(3), minutes(3)),
      covered(kWebWorkload, seconds(20), minutes(1)),
      covered(kWebWorkload, seconds(20), minutes(1), kNow - minutes(1)),
      covered(kWebWorkload, {}, minutes(1), kNow - minutes(2))};
  EXPECT_EQ(counted_time(all), seconds(80)) << "a minute of three pods is a minute";
}

TEST(Golden, counts_what_callers_saw_and_what_servers_saw_of_all_others) {
  EXPECT_TRUE(is_of_verdict(facts_of(sent())));
  EXPECT_FALSE(is_of_verdict(facts_of(served())));
  EXPECT_TRUE(is_of_verdict(facts_of(served_outside())));
}

TEST(Golden, judges_probes_and_who_went_away_apart) {
  Series probe = sent();
  probe.excluded = true;
  Series gone = sent(0);
  gone.cause = "cancelled";
  GoldenSum sum;
  for (const CountRows& rows : rows_of({counted(1, sent(), 90), counted(2, sent(503), 10),
                                        counted(3, probe, 5), counted(4, gone, 3)})) {
    sum.add(rows);
  }
  const Golden golden = sum.finish(minutes(1));
  EXPECT_EQ(golden.counts, (Outcomes{90, 10}));
  EXPECT_EQ(golden.excluded, 5U);
  EXPECT_EQ(golden.cancelled, 3U);
  EXPECT_EQ(golden.counted_for, minutes(1));
}

TEST(Golden, latencies_are_those_of_seine_stat) {
  EXPECT_EQ(GoldenSum().finish({}).p50, std::nullopt);
  CountedSeries series = counted(1, sent(), 0);
  series.slots = {counted_slot(95, kNow, minutes(1), milliseconds(3)),
                  counted_slot(5, kNow, minutes(1), milliseconds(400))};
  GoldenSum sum;
  for (const CountRows& rows : rows_of({series})) sum.add(rows);
  const Golden golden = sum.finish(minutes(1));
  telemetry::LatencyHistogram same;
  same.add(telemetry::latency_bucket(milliseconds(3)), 95);
  same.add(telemetry::latency_bucket(milliseconds(400)), 5);
  EXPECT_EQ(golden.p50, std::chrono::ceil<Duration>(*same.quantile(0.5)));
  EXPECT_EQ(golden.p95, std::chrono::ceil<Duration>(*same.quantile(0.95)));
  EXPECT_EQ(golden.p99, std::chrono::ceil<Duration>(*same.quantile(0.99)));
  EXPECT_LT(*golden.p50, microseconds(3158)) << "within the bucket, not at its end";
  EXPECT_EQ(golden.lasting, 0U);
}

TEST(Golden, what_lasted_for_minutes_as_streams_do_is_told_apart) {
  CountedSeries series = counted(1, sent(), 0);
  series.slots = {counted_slot(7, kNow, minutes(1), milliseconds(3)),
                  counted_slot(3, kNow, minutes(1), minutes(3))};
  GoldenSum sum;
  for (const CountRows& rows : rows_of({series})) sum.add(rows);
  EXPECT_EQ(sum.finish(minutes(1)).counts, (Outcomes{10, 0}));
  EXPECT_EQ(sum.finish(minutes(1)).lasting, 3U);
}

TEST(CompleteMoment, is_the_earliest_of_all_clusters) {
  const std::vector<WallTime> told = {kNow - seconds(12), kNow - seconds(31), kNow + seconds(9)};
  EXPECT_EQ(complete_moment(kNow, told), kNow - seconds(31));
  EXPECT_EQ(complete_moment(kNow, std::span(told).last(1)), kNow) << "never in the future";
  EXPECT_EQ(complete_moment(kNow, {}), kNow);
}

TEST(CompleteMoment, does_not_wait_for_a_cluster_that_is_silent) {
  const std::vector<WallTime> told = {kNow - seconds(12), WallTime{}};
  EXPECT_EQ(complete_moment(kNow, told), kNow - kLongestWait);
}

}  // namespace
}  // namespace seine::dive
