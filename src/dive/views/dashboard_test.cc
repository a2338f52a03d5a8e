// SPDX-License-Identifier: Apache-2.0
#include "dive/views/dashboard.h"

#include "gtest/gtest.h"

#include "dive/views/testing/shop_scene.h"

namespace seine::dive {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Span kHour{kNow - std::chrono::hours(1), kNow};

CountAnswer busy() {
  CountAnswer out;
  out.series = {counted(1, sent(), 90), counted(2, sent(503), 10), counted(3, served(), 100),
                counted(4, served_outside(), 20)};
  out.covered = {covered(kPaymentsWorkload, minutes(3), minutes(3)),
                 covered(kWebWorkload, minutes(1), minutes(1))};
  out.complete_until = kNow - seconds(12);
  return out;
}

// With the state that `bad` of 1000 requests make of 99%.
ObjectiveView view_with(std::uint64_t bad, Coverage coverage = {1, 1}) {
  std::vector<CountBucket> series = minutes_of(1, counts(1000, bad));
  series[0].coverage = coverage;
  ObjectiveCounts all{.buckets = series, .views = {}};
  return make_objective_view(objective("99%"), all, {"demo"}, kNow, UtcZone());
}

class DashboardTest : public ::testing::Test {
 protected:
  DashboardView make(CountAnswer answer, std::vector<ObjectiveView> objectives = {}) {
    std::vector<ClusterCounts> all;
    all.push_back({.cluster = &cluster_, .answer = std::move(answer)});
    return make_dashboard(std::move(all), objectives, kHour, kNow, kNow - minutes(4));
  }
  std::vector<std::string> titles(CountAnswer answer, std::vector<ObjectiveView> objectives = {}) {
    return urgent(make(std::move(answer), std::move(objectives)));
  }
  // Without what only says that nothing is promised.
  static std::vector<std::string> urgent(const DashboardView& view) {
    std::vector<std::string> out;
    for (const Attention& each : view.attention) {
      if (!each.title.ends_with("nothing is promised of it")) out.push_back(each.title);
    }
    return out;
  }
  void roll_out(WallTime at) {
    Rollout rollout;
    rollout.from = {"v1", "a"};
    rollout.to = {"v2", "b"};
    rollout.started_at = rollout.progressed_at = at;
    rollout.pods = 2;
    rollout.others = rollout.others_ready = 1;
    ClusterCatalog::State state = shop_catalog();
    state.workloads.at(kPaymentsWorkload).rollout = rollout;
    cluster_ = shop_cluster(std::move(state));
  }

  KeptCluster cluster_ = shop_cluster();
};

TEST_F(DashboardTest, a_service_has_the_requests_of_callers_with_and_without_a_proxy) {
  const DashboardView view = make(busy());
  ASSERT_EQ(view.namespaces.size(), 1U);
  const NamespaceGroup& shop = view.namespaces[0];
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.pods, 4U);
  EXPECT_EQ(shop.meshed_pods, 4U);
  ASSERT_EQ(shop.services.size(), 2U);
  const ServiceRow& payments = shop.services[0];
  EXPECT_EQ(payments.service, (ServiceRef{"demo", "shop", "payments"}));
  EXPECT_EQ(payments.golden.counts, (Outcomes{110, 10}));
  EXPECT_EQ(payments.golden.counted_for, minutes(1));
  EXPECT_EQ(payments.coverage, (Coverage{180'000, 180'000}));
  EXPECT_EQ(shop.services[1].golden.counts, Outcomes{}) << "nobody asked web";
  EXPECT_EQ(view.complete_until, kNow - seconds(12));
  EXPECT_TRUE(urgent(view).empty());
}

TEST_F(DashboardTest, a_service_has_what_was_sent_to_the_address_of_a_pod) {
  CountAnswer sum = busy();
  sum.series.push_back(counted(9, sent_to_a_pod(503), 4));
  const DashboardView view = make(std::move(sum));
  EXPECT_EQ(view.namespaces.at(0).services.at(0).golden.counts, (Outcomes{110, 14}));
}

TEST_F(DashboardTest, a_service_that_fails_without_an_objective_needs_attention_and_one) {
  DashboardView view = make(busy());
  ASSERT_EQ(view.attention.size(), 1U);
  EXPECT_EQ(view.attention[0].severity, Attention::Severity::kWarning);
  EXPECT_EQ(view.attention[0].title, "shop/payments: it fails, and nothing is promised of it");
  EXPECT_EQ(view.attention[0].sentence,
            "10 of 120 requests to payments failed in this span. Which goals it could keep: seine "
            "objective propose svc/payments -n shop");
  EXPECT_EQ(view.attention[0].service, (ServiceRef{"demo", "shop", "payments"}));
  EXPECT_EQ(view.objectives, 0U);
  EXPECT_EQ(view.without_objective, 2U);
  ASSERT_TRUE(view.suggestion);
  EXPECT_EQ(view.suggestion->service.name, "payments");
  EXPECT_EQ(view.suggestion->sentence, "10 of 120 requests to payments failed in this span");
  EXPECT_EQ(view.namespaces[0].services[0].state, "no objective");

  view = make(busy(), {view_with(0)});
  EXPECT_TRUE(view.attention.empty());
  EXPECT_EQ(view.objectives, 1U);
  EXPECT_EQ(view.without_objective, 1U);
  EXPECT_FALSE(view.suggestion) << "nobody asked web, so nothing can be said of it";
  EXPECT_EQ(view.namespaces[0].services[0].state, "healthy");
}

TEST_F(DashboardTest, what_is_worst_comes_first) {
  ObjectiveView of_web = view_with(30);
  of_web.objective.subject.name = "web";
  const DashboardView view = make(busy(), {of_web});
  EXPECT_EQ(view.namespaces[0].services[0].service.name, "web") << "its budget is gone";
  EXPECT_EQ(view.namespaces[0].services[1].service.name, "payments") << "it fails";
}

TEST_F(DashboardTest, a_service_of_bytes_has_connections_and_nothing_to_promise) {
  CountedSeries sent_bytes = counted(1, sent(), 0);
  sent_bytes.slots[0].counts.sums = {5, 4, 200, 300};
  CountedSeries broken = counted(2, sent(), 0);
  broken.series.cause = "reset";
  broken.slots[0].counts.sums = {0, 1, 0, 0};
  CountedSeries received = counted(3, served_outside(), 0);
  received.slots[0].counts.sums = {2, 2, 30, 20};
  const auto row_with = [&](CountAnswer requests) {
    std::vector<ClusterCounts> all;
    all.push_back({.cluster = &cluster_, .answer = std::move(requests)});
    all[0].tcp.series = {sent_bytes, broken, received};
    DashboardView view = make_dashboard(std::move(all), {}, kHour, kNow, kNow - minutes(4));
    return view.namespaces.at(0).services.at(0);
  };
  const ServiceRow mail = row_with({});
  EXPECT_EQ(mail.state, "opaque");
  EXPECT_EQ(mail.tcp, (TcpTraffic{7, 7, 1, 330, 220})) << "as callers see it: bytes to and fro";
  const ServiceRow web = row_with(busy());
  EXPECT_EQ(web.state, "no objective");
  EXPECT_EQ(web.tcp, (TcpTraffic{5, 5, 1, 300, 200}))
      << "what servers count of connections that carry requests is not told twice";
}

TEST_F(DashboardTest, what_told_of_no_counts_is_not_called_meshed) {
  CountAnswer answer = busy();
  answer.covered = {covered(kPaymentsWorkload, {}, minutes(3)),
                    covered(kWebWorkload, minutes(1), minutes(1))};
  const DashboardView view = make(std::move(answer));
  EXPECT_EQ(view.namespaces[0].pods, 4U);
  EXPECT_EQ(view.namespaces[0].meshed_pods, 1U);
}

TEST_F(DashboardTest, what_is_gone_is_shown_only_while_it_has_requests) {
  ClusterCatalog::State state = shop_catalog();
  state.services.at(kPaymentsService).gone_at = kNow - minutes(9);
  state.services.at(kWebService).gone_at = kNow - minutes(9);
  cluster_ = shop_cluster(std::move(state));
  const DashboardView view = make(busy());
  ASSERT_EQ(view.namespaces[0].services.size(), 1U);
  EXPECT_EQ(view.namespaces[0].services[0].service.name, "payments");
}

TEST_F(DashboardTest, objectives_stand_beside_their_service) {
  ObjectiveView of_workload = view_with(0);
  of_workload.objective.name = "of-the-workload";
  of_workload.objective.subject.kind = Subject::Kind::kWorkload;
  ObjectiveView of_web = view_with(0);
  of_web.objective.subject.name = "web";
  const DashboardView view = make(busy(), {view_with(3), of_workload, of_web});
  const auto& payments = view.namespaces[0].services[0].objectives;
  ASSERT_EQ(payments.size(), 2U);
  EXPECT_EQ(payments[0].name, "payments");
  EXPECT_EQ(payments[0].left, "70%");
  EXPECT_EQ(payments[1].name, "of-the-workload");
  EXPECT_EQ(view.namespaces[0].services[1].objectives.size(), 1U);
}

TEST_F(DashboardTest, an_objective_without_budget_comes_first_and_says_what_to_do) {
  const DashboardView view = make(busy(), {view_with(5, {1, 2}), view_with(30)});
  ASSERT_EQ(view.attention.size(), 2U);
  const Attention& first = view.attention[0];
  EXPECT_EQ(first.severity, Attention::Severity::kFailing);
  EXPECT_EQ(first.title, "payments: the error budget is gone");
  EXPECT_EQ(
      first.sentence,
      "-200% of it is left. 20 failures over budget; recovers after 2,000 good requests in a "
      "row, and not as things go now. Look at what failed, and mend that before anything else "
      "is rolled out.");
  EXPECT_EQ(first.service, (ServiceRef{"demo", "shop", "payments"}));
  EXPECT_EQ(first.objective, "payments");
  EXPECT_EQ(view.attention[1].title, "payments: counts are missing");
  EXPECT_EQ(view.attention[1].severity, Attention::Severity::kWarning);
}

TEST_F(DashboardTest, a_rollout_is_told_and_one_that_is_stuck_needs_attention) {
  roll_out(kNow - minutes(4));
  DashboardView view = make(busy());
  ASSERT_TRUE(view.namespaces[0].services[0].last_rollout);
  EXPECT_EQ(view.namespaces[0].services[0].last_rollout->version, "v2");
  EXPECT_TRUE(view.namespaces[0].services[0].last_rollout->is_ongoing);
  EXPECT_TRUE(urgent(view).empty());

  roll_out(kNow - minutes(14));
  view = make(busy());
  ASSERT_EQ(urgent(view).size(), 1U);
  EXPECT_EQ(view.attention[0].title, "shop/deployment/payments: the rollout of v2 is stuck");
  EXPECT_EQ(view.attention[0].sentence,
            "None of its 2 pods has become ready for 14 minutes. Look at their logs, then mend v2 "
            "or roll it back.");
}

TEST_F(DashboardTest, an_agent_that_is_silent_needs_attention) {
  cluster_.last_heard = kNow - minutes(4);
  EXPECT_TRUE(titles(busy()).empty());
  EXPECT_FALSE(make(busy()).clusters.at(0).is_connected);
  EXPECT_FALSE(make(busy()).complete_until) << "of those that are connected";
  cluster_.last_heard = kNow - minutes(12);
  EXPECT_EQ(titles(busy()), (std::vector<std::string>{"demo: the agent is silent"}));
  EXPECT_NE(make(busy()).attention[0].sentence.find("for 12 minutes"), std::string::npos);
  cluster_.last_heard.reset();
  EXPECT_TRUE(titles(busy()).empty()) << "Dive was started four minutes ago";
}

TEST_F(DashboardTest, counts_that_are_missing_and_clocks_that_are_wrong_need_attention) {
  CountAnswer answer = busy();
  answer.covered[0] = covered(kPaymentsWorkload, seconds(90), minutes(3));
  answer.covered[1].slots[0].redated = seconds(30);
  const DashboardView view = make(std::move(answer));
  ASSERT_EQ(urgent(view).size(), 2U);
  EXPECT_EQ(view.attention[0].title, "shop/deployment/payments: counts are missing");
  EXPECT_TRUE(
      view.attention[0].sentence.starts_with("Only 50% of the time of its pods was counted"));
  EXPECT_EQ(view.attention[1].title, "shop/deployment/web: a clock is wrong");
}

}  // namespace
}  // namespace seine::dive
