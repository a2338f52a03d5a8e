// SPDX-License-Identifier: Apache-2.0
#include "dive/views/service_view.h"

#include "gtest/gtest.h"

#include "dive/views/charts.h"
#include "dive/views/testing/shop_scene.h"

namespace seine::dive {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ServiceViewTest : public ::testing::Test {
 protected:
  ServiceView make(CountAnswer to, CountAnswer calls = {}, CountAnswer to_tcp = {},
                   CountAnswer calls_tcp = {}) {
    CountAnswer day;
    day.series = {counted(1, sent(), 7000), counted(2, served(), 7000),
                  counted(3, served_outside(503), 5)};
    ServiceFacts facts{.cluster = &cluster_,
                       .name = kPaymentsService,
                       .to = std::move(to),
                       .calls = std::move(calls),
                       .to_tcp = std::move(to_tcp),
                       .calls_tcp = std::move(calls_tcp),
                       .days = {}};
    facts.days.emplace(kPaymentsWorkload, std::move(day));
    return make_service_view(std::move(facts));
  }
  static CountAnswer answer(std::vector<CountedSeries> series) {
    CountAnswer out;
    out.series = std::move(series);
    out.covered = {covered(kPaymentsWorkload, minutes(1), minutes(1))};
    return out;
  }

  KeptCluster cluster_ = shop_cluster();
};

TEST_F(ServiceViewTest, callers_are_told_with_how_they_are_secured) {
  Series plain = sent();
  plain.reporter_workload = "traffic";
  plain.peer_identity = "";
  const ServiceView view =
      make(answer({counted(1, sent(), 90), counted(2, sent(503), 10), counted(3, served(), 100),
                   counted(4, plain, 7), counted(5, served_outside(), 20)}));
  EXPECT_EQ(view.golden.counts, (Outcomes{117, 10}));
  ASSERT_EQ(view.callers.size(), 3U);
  EXPECT_EQ(view.callers[0].name, "web");
  EXPECT_EQ(view.callers[0].golden.counts, (Outcomes{90, 10}));
  EXPECT_TRUE(view.callers[0].is_secured);
  EXPECT_TRUE(view.callers[0].is_service) << "it has a page of its own";
  EXPECT_EQ(view.callers[1].name, "outside of the mesh");
  EXPECT_EQ(view.callers[1].ns, "");
  EXPECT_FALSE(view.callers[1].is_secured);
  EXPECT_EQ(view.callers[2].name, "traffic");
  EXPECT_FALSE(view.callers[2].is_secured);
  EXPECT_FALSE(view.callers[2].is_service);
}

TEST_F(ServiceViewTest, requests_that_reached_nobody_do_not_make_a_caller_insecure) {
  Series nobody = sent(0);
  nobody.peer_workload = nobody.peer_namespace = nobody.peer_identity = "";
  nobody.cause = "connect timeout";
  const ServiceView view = make(answer({counted(1, sent(), 90), counted(2, nobody, 10)}));
  ASSERT_EQ(view.callers.size(), 1U);
  EXPECT_TRUE(view.callers[0].is_secured);
  EXPECT_EQ(view.callers[0].golden.counts, (Outcomes{90, 10}));
}

TEST_F(ServiceViewTest, rows_of_other_services_and_overflow_are_left_out) {
  Series other = sent();
  other.target_service = "ledger";
  Series overflow = sent();
  overflow.overflow = true;
  Series other_port = served_outside();
  other_port.target_port = 9090;
  const ServiceView view =
      make(answer({counted(1, other, 9), counted(2, overflow, 8), counted(3, other_port, 7)}));
  EXPECT_EQ(view.golden.counts, Outcomes{});
  EXPECT_TRUE(view.callers.empty());
}

TEST_F(ServiceViewTest, a_workload_has_its_versions_and_the_requests_of_its_day) {
  const ServiceView view = make(answer({counted(1, sent(), 90), counted(2, sent(503), 10)}));
  ASSERT_EQ(view.workloads.size(), 1U);
  const WorkloadRow& row = view.workloads[0];
  EXPECT_EQ(row.workload, kPaymentsWorkload);
  ASSERT_EQ(row.versions.size(), 2U);
  EXPECT_EQ(row.versions[0].version, "v1");
  EXPECT_EQ(row.versions[0].pods, 1U);
  EXPECT_EQ(row.versions[1].version, "v2");
  EXPECT_EQ(row.versions[1].pods, 2U);
  EXPECT_EQ(row.versions[1].ready, 1U);
  EXPECT_EQ(row.requests_per_day, 7005U) << "each once, though both ends counted it";
  EXPECT_EQ(row.golden.counts, (Outcomes{90, 10}));
}

TEST_F(ServiceViewTest, callees_are_services_and_what_is_outside) {
  Series ledger = sent();
  ledger.reporter_workload = "payments";
  ledger.target_service = ledger.peer_workload = "web";
  Series bank = ledger;
  bank.target_service = bank.target_namespace = bank.peer_workload = bank.peer_namespace = "";
  bank.peer_identity = "";
  bank.authority = "bank.example";
  const ServiceView view = make(answer({}), answer({counted(1, ledger, 5), counted(2, bank, 50)}));
  ASSERT_EQ(view.callees.size(), 2U);
  EXPECT_EQ(view.callees[0].name, "bank.example");
  EXPECT_FALSE(view.callees[0].is_service);
  EXPECT_EQ(view.callees[1].name, "web");
  EXPECT_TRUE(view.callees[1].is_service);
  EXPECT_TRUE(view.callees[1].is_secured);
}

TEST_F(ServiceViewTest, who_knows_the_address_of_a_pod_is_a_caller_of_its_service) {
  Series calls = sent_to_a_pod();
  calls.reporter_workload = "payments";
  calls.peer_workload = "web";
  const ServiceView view = make(answer({counted(1, sent(), 90), counted(2, sent_to_a_pod(503), 3)}),
                                answer({counted(3, calls, 5)}));
  EXPECT_EQ(view.golden.counts, (Outcomes{90, 3}));
  ASSERT_EQ(view.callers.size(), 1U);
  EXPECT_EQ(view.callers[0].golden.counts, (Outcomes{90, 3}));
  ASSERT_EQ(view.callees.size(), 1U);
  EXPECT_EQ(view.callees[0].name, "web");
  EXPECT_TRUE(view.callees[0].is_service);
}

TEST_F(ServiceViewTest, an_address_of_who_answers_for_no_service_stays_one) {
  Series calls = sent_to_a_pod();
  calls.reporter_workload = "payments";
  calls.peer_workload = "web";
  calls.target_port = 9090;
  Series named = sent();
  named.reporter_workload = "payments";
  named.target_service = named.peer_workload = "web";
  const ServiceView view = make(answer({}), answer({counted(1, named, 50), counted(2, calls, 5)}));
  ASSERT_EQ(view.callees.size(), 2U);
  EXPECT_EQ(view.callees[0].golden.counts, (Outcomes{50, 0}));
  EXPECT_EQ(view.callees[1].name, "10.0.0.7:8080");
  EXPECT_FALSE(view.callees[1].is_service);
}

TEST_F(ServiceViewTest, forwarded_bytes_make_edges_of_connections) {
  const auto bytes = [](std::int64_t id, Series series) {
    CountedSeries out = counted(id, std::move(series), 0);
    out.slots[0].counts.sums = {3, 2, 40, 60};
    return out;
  };
  Series to_web = sent();
  to_web.reporter_workload = "payments";
  to_web.target_service = to_web.peer_workload = "web";
  // Of one who also has requests: what its server counts of these connections is told by them.
  const ServiceView view =
      make(answer({counted(1, served_outside(), 7)}), answer({}),
           answer({bytes(1, sent()), bytes(2, served_outside())}), answer({bytes(3, to_web)}));
  EXPECT_EQ(view.tcp, (TcpTraffic{3, 2, 0, 60, 40}));
  ASSERT_EQ(view.callers.size(), 2U);
  EXPECT_EQ(view.callers[0].name, "outside of the mesh");
  EXPECT_FALSE(view.callers[0].tcp);
  EXPECT_EQ(view.callers[1].name, "web");
  EXPECT_EQ(view.callers[1].tcp, (TcpTraffic{3, 2, 0, 60, 40}));
  EXPECT_TRUE(view.callers[1].is_secured);
  ASSERT_EQ(view.callees.size(), 1U);
  EXPECT_EQ(view.callees[0].name, "web");
  EXPECT_TRUE(view.callees[0].is_service);
  EXPECT_EQ(view.callees[0].tcp, (TcpTraffic{3, 2, 0, 60, 40}));
}

TEST(ChartGrid, has_no_more_steps_than_a_chart_can_show) {
  const Retention kept;
  const auto step = [&](Duration length) {
    return chart_grid({kNow - length, kNow}, kept, kNow).step;
  };
  EXPECT_EQ(step(minutes(5)), seconds(10));
  EXPECT_EQ(step(hours(1)), seconds(10));
  EXPECT_EQ(step(hours(6)), minutes(1));
  EXPECT_EQ(step(hours(24)), minutes(5));
  EXPECT_EQ(step(days(7)), hours(1));
  EXPECT_EQ(step(days(30)), hours(3));
  EXPECT_EQ(step(days(90)), hours(6));
  for (const Duration length : {Duration(minutes(1)), Duration(hours(5)), Duration(days(11))}) {
    EXPECT_LE(chart_grid({kNow - length, kNow}, kept, kNow).size(), 361U);
  }
}

TEST(ChartGrid, is_as_coarse_as_what_is_kept_of_that_time) {
  const Retention kept;
  const WallTime old = kNow - days(20);
  EXPECT_EQ(chart_grid({old - hours(1), old}, kept, kNow).step, hours(1));
  const WallTime yesterday = kNow - days(1);
  EXPECT_EQ(chart_grid({yesterday - minutes(10), yesterday}, kept, kNow).step, minutes(1));
}

TEST(ChartGrid, ends_on_a_slot_and_holds_the_whole_span) {
  const Span span{kNow - hours(6) - seconds(17), kNow - seconds(17)};
  const ChartGrid grid = chart_grid(span, {}, kNow);
  EXPECT_EQ(grid.step, minutes(1)) << "a bit of it is older than what is kept at 10 s";
  EXPECT_EQ(grid.to, kNow - minutes(1));
  EXPECT_LE(grid.from, span.from);
  EXPECT_EQ((grid.to - grid.from) % grid.step, Duration::zero());
  EXPECT_EQ(grid.find(grid.from), std::nullopt) << "what ended as it began is before it";
  EXPECT_EQ(grid.find(grid.from + seconds(10)), 0U);
  EXPECT_EQ(grid.find(grid.to), grid.size() - 1);
  EXPECT_EQ(grid.find(grid.to + seconds(10)), std::nullopt);
}

TEST(Charts, tell_no_traffic_from_no_counts) {
  const KeptCluster cluster = shop_cluster();
  const ChartGrid grid{.from = kNow - minutes(5), .to = kNow, .step = minutes(1)};
  CountAnswer answer;
  CountedSeries good = counted(1, sent(), 90);
  good.slots = {counted_slot(30, kNow - minutes(4)), counted_slot(90)};
  answer.series = {good, counted(2, sent(503), 10), counted(3, served(), 100)};
  // Measured in minutes 1 and 2, by half in 3, not in 4, and by one of two in 5.
  answer.covered = {covered(kPaymentsWorkload, minutes(1), minutes(1), kNow - minutes(4)),
                    covered(kPaymentsWorkload, minutes(1), minutes(1), kNow - minutes(3)),
                    covered(kPaymentsWorkload, seconds(30), minutes(1), kNow - minutes(2)),
                    covered(kPaymentsWorkload, {}, minutes(1), kNow - minutes(1)),
                    covered(kPaymentsWorkload, minutes(1), minutes(1), kNow)};
  Event rollout;
  rollout.id = "rollout.1";
  rollout.title = "Rolled out v2";
  rollout.begins_at = kNow - minutes(2);
  Event before = rollout;
  before.begins_at = kNow - minutes(7);
  const ChartsView view =
      make_charts(grid, cluster, kPaymentsService, std::move(answer), std::vector{rollout, before});
  EXPECT_EQ(view.counts, (std::vector<Outcomes>{{30, 0}, {}, {}, {}, {90, 10}}));
  EXPECT_TRUE(view.p50[0]);
  EXPECT_FALSE(view.p50[1]);
  EXPECT_EQ(view.gaps, (std::vector<Span>{{kNow - minutes(3), kNow - minutes(1)}}));
  ASSERT_EQ(view.markers.size(), 1U);
  EXPECT_EQ(view.markers[0].event, "rollout.1");
}

}  // namespace
}  // namespace seine::dive
