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
    std::vector<std::string> out;
    for (const Attention& each : make(std::move(answer), std::move(objectives)).attention) {
      out.push_back(each.title);
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
  EXPECT_TRUE(view.attention.empty());
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
  EXPECT_TRUE(view.attention.empty());

  roll_out(kNow - minutes(14));
  view = make(busy());
  ASSERT_EQ(view.attention.size(), 1U);
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
  ASSERT_EQ(view.attention.size(), 2U);
  EXPECT_EQ(view.attention[0].title, "shop/deployment/payments: counts are missing");
  EXPECT_TRUE(
      view.attention[0].sentence.starts_with("Only 50% of the time of its pods was counted"));
  EXPECT_EQ(view.attention[1].title, "shop/deployment/web: a clock is wrong");
}

}  // namespace
}  // namespace seine::dive
