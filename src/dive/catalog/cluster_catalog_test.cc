// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/cluster_catalog.h"

#include <gtest/gtest.h>

#include "dive/catalog/catalog_limits.h"
#include "dive/catalog/testing/agent_script.h"

namespace seine::dive {
namespace {

const WorkloadName kPayments{"shop", "deployment", "payments"};
const WorkloadName kLedger{"shop", "deployment", "ledger"};
const ServiceName kService{"shop", "payments"};

class ClusterCatalogTest : public ::testing::Test {
 protected:
  template <class Message>
  CatalogChanges apply(const Message& message) {
    auto news = read_news(message);
    EXPECT_TRUE(news) << news.error().message;
    auto changes = catalog_.apply(std::move(*news));
    EXPECT_TRUE(changes) << changes.error().message;
    return changes.value_or(CatalogChanges{});
  }
  const Workload& workload(const WorkloadName& name) const {
    return catalog_.state().workloads.at(name);
  }
  const Service& service() const { return catalog_.state().services.at(kService); }

  AgentScript script_;
  ClusterCatalog catalog_;
};

TEST_F(ClusterCatalogTest, knows_what_its_agent_told) {
  const auto changes =
      apply(script_.all(1, {{"ledger", {}}, {"payments", {{"a", "v1"}, {"b", "v1", 0, false}}}}));
  EXPECT_EQ(changes.workloads, (std::vector<WorkloadName>{kLedger, kPayments}));
  const Workload& payments = workload(kPayments);
  EXPECT_EQ(payments.now.service_account, "payments");
  ASSERT_EQ(payments.now.pods.size(), 2U);
  EXPECT_EQ(payments.now.pods[0].revision, (Revision{"v1", "t1"}));
  EXPECT_TRUE(payments.now.pods[0].ready);
  EXPECT_FALSE(payments.now.pods[1].ready);
  EXPECT_EQ(payments.now.pods[0].started_by, "ada");
  EXPECT_EQ(payments.first_seen, minute(1));
  EXPECT_FALSE(payments.gone_at);
}

TEST_F(ClusterCatalogTest, tells_which_have_changed_and_no_others) {
  apply(script_.all(1, {{"ledger", {{"l", "v1"}}}, {"payments", {{"a", "v1"}}}}));
  const auto changes = apply(
      script_.all(2, {{"ledger", {{"l", "v1"}}}, {"payments", {{"a", "v1"}, {"b", "v1", 2}}}}));
  EXPECT_EQ(changes.workloads, std::vector<WorkloadName>{kPayments});
  EXPECT_EQ(workload(kLedger).changed_at, minute(1));
  EXPECT_EQ(workload(kPayments).changed_at, minute(2));
  EXPECT_TRUE(apply(script_.changed(3, "ledger", {{"l", "v1"}})).workloads.empty());
}

TEST_F(ClusterCatalogTest, marks_what_is_gone_with_the_time_of_the_message) {
  apply(script_.all(1, {{"ledger", {{"l", "v1"}}}, {"payments", {{"a", "v1"}}}}));
  apply(script_.removed(5, "ledger"));
  EXPECT_EQ(workload(kLedger).gone_at, minute(5));
  EXPECT_TRUE(workload(kLedger).now.pods.empty());
  EXPECT_TRUE(apply(script_.removed(6, "ledger")).workloads.empty());
  EXPECT_TRUE(apply(script_.removed(6, "stranger")).workloads.empty());
  EXPECT_EQ(workload(kLedger).gone_at, minute(5));
  const auto changes = apply(script_.all(7, {}));
  EXPECT_EQ(changes.workloads, std::vector<WorkloadName>{kPayments});
  EXPECT_EQ(workload(kPayments).gone_at, minute(7));
}

TEST_F(ClusterCatalogTest, without_pods_a_workload_is_still_there) {
  apply(script_.changed(1, "payments", {{"a", "v1"}}));
  apply(script_.changed(2, "payments", {}));
  EXPECT_FALSE(workload(kPayments).gone_at);
}

TEST_F(ClusterCatalogTest, what_comes_back_is_the_same_as_before) {
  apply(script_.changed(1, "payments", {{"a", "v1"}}));
  apply(script_.removed(2, "payments"));
  apply(script_.changed(3, "payments", {{"b", "v1", 3}}));
  EXPECT_FALSE(workload(kPayments).gone_at);
  EXPECT_EQ(workload(kPayments).first_seen, minute(1));
}

TEST_F(ClusterCatalogTest, forgets_after_seven_days_and_not_earlier) {
  apply(script_.changed(1, "payments", {{"a", "v1"}}));
  apply(script_.service(1, "payments", {"payments"}));
  apply(script_.removed(2, "payments"));
  apply(script_.service_removed(2, "payments"));
  const WallTime week_later = minute(2) + kGoneFor;
  EXPECT_TRUE(catalog_.forget(week_later - std::chrono::seconds(1)).workloads.empty());
  const Forgotten forgotten = catalog_.forget(week_later);
  EXPECT_EQ(forgotten.workloads, std::vector<WorkloadName>{kPayments});
  EXPECT_EQ(forgotten.services, std::vector<ServiceName>{kService});
  EXPECT_TRUE(catalog_.state().workloads.empty());
}

TEST_F(ClusterCatalogTest, knows_services_and_their_workloads) {
  auto changes = apply(script_.all_services(1, {{"payments", {"payments", "payments-canary"}}}));
  EXPECT_EQ(changes.services, std::vector<ServiceName>{kService});
  EXPECT_EQ(service().now.ports, std::vector<std::uint16_t>{8080});
  EXPECT_EQ(service().now.workloads,
            (std::vector<WorkloadName>{kPayments, {"shop", "deployment", "payments-canary"}}));
  EXPECT_TRUE(
      apply(script_.service(2, "payments", {"payments-canary", "payments"})).services.empty());
  apply(script_.service(3, "payments", {"payments"}));
  EXPECT_EQ(service().changed_at, minute(3));
  apply(script_.all_services(4, {}));
  EXPECT_EQ(service().gone_at, minute(4));
  EXPECT_EQ(service().now.workloads, std::vector<WorkloadName>{kPayments});
  apply(script_.service(5, "payments", {"payments"}));
  EXPECT_FALSE(service().gone_at);
}

TEST_F(ClusterCatalogTest, remembers_who_answered_for_a_service_before) {
  const WorkloadName canary{"shop", "deployment", "payments-canary"};
  apply(script_.service(1, "payments", {"payments", "payments-canary"}));
  EXPECT_TRUE(service().former.empty());
  apply(script_.service(2, "payments", {"payments"}));
  EXPECT_EQ(service().former, std::vector<WorkloadName>{canary});
  apply(script_.service(3, "payments", {}));
  EXPECT_EQ(service().former, (std::vector<WorkloadName>{kPayments, canary}));
  EXPECT_EQ(answering(catalog_.state(), kService), service().former);
  apply(script_.service(4, "ledger", {"payments-canary"}));
  EXPECT_EQ(answering(catalog_.state(), kService), std::vector<WorkloadName>{kPayments})
      << "what the canary counts is of another service now";
  apply(script_.service(5, "payments", {"payments"}));
  EXPECT_EQ(service().former, std::vector<WorkloadName>{canary});
}

TEST_F(ClusterCatalogTest, discovers_namespaces_by_what_is_in_them) {
  EXPECT_TRUE(catalog_.namespaces().empty());
  apply(script_.changed(1, "payments", {{"a", "v1"}}));
  apply(script_.service(2, "payments", {"payments"}));
  EXPECT_EQ(catalog_.namespaces(), (std::vector<Namespace>{{"shop", minute(1), std::nullopt}}));
  apply(script_.removed(3, "payments"));
  EXPECT_EQ(catalog_.namespaces(), (std::vector<Namespace>{{"shop", minute(1), std::nullopt}}));
  apply(script_.service_removed(4, "payments"));
  EXPECT_EQ(catalog_.namespaces(), (std::vector<Namespace>{{"shop", minute(1), minute(4)}}));
}

TEST_F(ClusterCatalogTest, keeps_the_environment_of_a_workload_while_it_has_no_pods) {
  apply(script_.changed(1, "payments",
                        {{"a", "v1", 0, true, false, "t1", "ada", {{"environment", "staging"}}}}));
  EXPECT_EQ(workload(kPayments).environment, "staging");
  apply(script_.changed(2, "payments", {}));
  EXPECT_EQ(workload(kPayments).environment, "staging");
  apply(script_.changed(3, "payments",
                        {{"b", "v1", 3, true, false, "t1", "ada", {{"environment", "production"}}},
                         {"c", "v1", 2, true, false, "t1", "ada", {{"environment", "staging"}}}}));
  EXPECT_EQ(workload(kPayments).environment, "production");
}

TEST_F(ClusterCatalogTest, has_a_limit_that_loses_nothing_that_is_known) {
  std::map<std::string, std::vector<ScriptPod>> many;
  for (std::size_t i = 0; i < kMaxWorkloads; ++i) many["w" + std::to_string(i)] = {};
  apply(script_.all(1, many));
  const ClusterCatalog::State before = catalog_.state();
  auto news = read_news(script_.changed(2, "one-more", {}));
  const auto refused = catalog_.apply(std::move(*news));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_EQ(refused.error().message,
            "the cluster would have more than 10000 workloads, those that went within 7 days "
            "included");
  EXPECT_EQ(catalog_.state().workloads, before.workloads);
  EXPECT_EQ(catalog_.state().deployments_position.sequence, 2U);
  EXPECT_EQ(apply(script_.changed(3, "w1", {{"a", "v1"}})).workloads.size(), 1U);
}

}  // namespace
}  // namespace seine::dive
