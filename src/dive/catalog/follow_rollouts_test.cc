// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/follow_rollouts.h"

#include <gtest/gtest.h>

#include "dive/catalog/cluster_catalog.h"
#include "dive/catalog/testing/agent_script.h"

namespace seine::dive {
namespace {

const WorkloadName kPayments{"shop", "deployment", "payments"};

class RolloutsTest : public ::testing::Test {
 protected:
  // Tells of payments and keeps the rollouts that come of it.
  void tell(double at, const std::vector<ScriptPod>& pods) {
    apply(script_.changed(at, "payments", pods));
  }
  void apply(const ::dive::v1::DeploymentMessage& message) {
    auto news = read_news(message);
    ASSERT_TRUE(news) << news.error().message;
    auto changes = catalog_.apply(std::move(*news));
    ASSERT_TRUE(changes) << changes.error().message;
    told_ = changes->rollouts.size();
    for (const WorkloadRollout& each : changes->rollouts) {
      rollouts_[each.rollout.number] = each.rollout;
    }
  }
  const Rollout& last() { return rollouts_.rbegin()->second; }
  std::vector<std::string> titles() const {
    std::vector<std::string> out;
    for (const auto& [number, rollout] : rollouts_) {
      out.push_back(rollout.from.version + " -> " + rollout.to.version);
    }
    return out;
  }
  const Workload& payments() const { return catalog_.state().workloads.at(kPayments); }

  AgentScript script_;
  ClusterCatalog catalog_;
  std::map<std::uint64_t, Rollout> rollouts_;
  std::size_t told_ = 0;  // rollouts that the last message changed
};

TEST_F(RolloutsTest, a_workload_that_is_seen_first_was_not_rolled_out) {
  tell(1, {{"a", "v1"}, {"b", "v1"}});
  EXPECT_TRUE(rollouts_.empty());
  EXPECT_EQ(payments().settled->version, "v1");
}

TEST_F(RolloutsTest, neither_a_scale_nor_a_restart_is_one) {
  tell(1, {{"a", "v1"}});
  tell(2, {{"a", "v1"}, {"b", "v1", 2}});
  tell(3, {{"c", "v1", 3}});
  tell(4, {});
  tell(5, {{"d", "v1", 5, false}});
  tell(6, {{"d", "v1", 5, true}});
  EXPECT_TRUE(rollouts_.empty());
}

TEST_F(RolloutsTest, a_new_version_is_one_until_no_pod_of_the_old_one_is_left) {
  tell(1, {{"a", "v1"}, {"b", "v1"}});
  tell(10, {{"a", "v1"}, {"b", "v1"}, {"c", "v2", 9.5, false}});
  EXPECT_EQ(titles(), std::vector<std::string>{"v1 -> v2"});
  EXPECT_EQ(rollout_title(last()), "Rolled out v2");
  EXPECT_EQ(last().started_at, minute(9.5));
  EXPECT_EQ(last().started_by, "ada");
  EXPECT_EQ(last().pods, 1U);
  EXPECT_EQ(last().ready, 0U);
  EXPECT_EQ(last().others, 2U);
  EXPECT_EQ(phase_at(last(), minute(10)), RolloutPhase::kOngoing);

  tell(11, {{"b", "v1"}, {"c", "v2", 9.5}, {"d", "v2", 11, false}});
  EXPECT_EQ(last().pods_so_far, (std::set<std::string>{"c", "d"}));
  EXPECT_EQ(last().ready, 1U);
  EXPECT_EQ(last().pods, 2U);

  // The last of the old ones still finishes requests.
  tell(12, {{"b", "v1", 0, true, true}, {"c", "v2", 9.5}, {"d", "v2", 11}});
  EXPECT_FALSE(last().end);
  tell(13, {{"c", "v2", 9.5}, {"d", "v2", 11}});
  EXPECT_EQ(phase_at(last(), minute(13)), RolloutPhase::kConcluded);
  EXPECT_EQ(last().ended_at, minute(13));
  EXPECT_EQ(payments().settled->version, "v2");
  EXPECT_EQ(rollouts_.size(), 1U);
}

TEST_F(RolloutsTest, a_new_template_of_the_same_version_is_one) {
  tell(1, {{"a", "v1"}});
  tell(2, {{"b", "v1", 2, true, false, "\x3f\x2a\x91\xc0"}});
  EXPECT_EQ(last().end, Rollout::End::kConcluded);
  EXPECT_EQ(rollout_title(last()), "Rolled out v1 with another template");
  EXPECT_EQ(revision_text(last().to, last().from), "v1 (template 3f2a91c0)");
}

TEST_F(RolloutsTest, one_by_stopping_the_old_version_first_concludes_once_the_new_one_is_ready) {
  tell(1, {{"a", "v1"}});
  tell(2, {});
  tell(3, {{"b", "v2", 3, false}});
  EXPECT_FALSE(last().end);
  EXPECT_EQ(last().from.version, "v1");
  tell(4, {{"b", "v2", 3}});
  EXPECT_EQ(last().end, Rollout::End::kConcluded);
  EXPECT_EQ(last().ended_at, minute(4));
}

TEST_F(RolloutsTest, a_workload_that_was_gone_remembers_what_it_ran) {
  tell(1, {{"a", "v1"}});
  apply(script_.removed(2, "payments"));
  tell(60, {{"b", "v1", 60}});
  EXPECT_TRUE(rollouts_.empty());
  apply(script_.removed(70, "payments"));
  tell(80, {{"c", "v2", 80}});
  EXPECT_EQ(titles(), std::vector<std::string>{"v1 -> v2"});
}

TEST_F(RolloutsTest, two_versions_that_both_stay_run_side_by_side) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"c", "v2", 10}});
  EXPECT_EQ(phase_at(last(), minute(19.9)), RolloutPhase::kOngoing);
  EXPECT_EQ(phase_at(last(), minute(20)), RolloutPhase::kSideBySide);
  // A scale to and fro is no progress; more than ever is.
  tell(21, {{"a", "v1"}, {"b", "v1", 21}, {"c", "v2", 10}});
  tell(22, {{"a", "v1"}, {"c", "v2", 10}});
  EXPECT_EQ(phase_at(last(), minute(22)), RolloutPhase::kSideBySide);
  tell(30, {{"a", "v1"}, {"c", "v2", 10}, {"d", "v2", 30}});
  EXPECT_EQ(phase_at(last(), minute(31)), RolloutPhase::kOngoing);
  tell(50, {{"c", "v2", 10}, {"d", "v2", 30}});
  EXPECT_EQ(last().end, Rollout::End::kConcluded);
  EXPECT_EQ(rollouts_.size(), 1U);
}

TEST_F(RolloutsTest, one_of_which_no_pod_becomes_ready_stalls) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"c", "v2", 10, false}});
  EXPECT_EQ(phase_at(last(), minute(25)), RolloutPhase::kStalled);
}

TEST_F(RolloutsTest, one_whose_pods_go_away_is_undone) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"c", "v2", 10}});
  tell(11, {{"a", "v1"}, {"c", "v2", 10, true, true}});
  EXPECT_EQ(phase_at(last(), minute(11)), RolloutPhase::kUndone);
  EXPECT_EQ(last().ended_at, minute(11));
  EXPECT_EQ(last().pods_so_far, std::set<std::string>{"c"});
  tell(30, {{"a", "v1"}});
  tell(40, {{"a", "v1"}, {"d", "v2", 40}});
  EXPECT_EQ(titles(), (std::vector<std::string>{"v1 -> v2", "v1 -> v2"}));
}

TEST_F(RolloutsTest, a_restart_of_the_only_pod_of_either_version_ends_nothing) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"c", "v2", 10}});
  tell(30, {{"a", "v1"}});
  tell(30.1, {{"a", "v1"}, {"d", "v2", 30.1}});
  EXPECT_EQ(rollouts_.size(), 1U);
  EXPECT_FALSE(last().end);
  tell(50, {{"d", "v2", 30.1}});
  EXPECT_EQ(last().end, Rollout::End::kConcluded);
  tell(50.1, {{"b", "v1", 50.1}, {"d", "v2", 30.1}});
  EXPECT_EQ(rollouts_.size(), 1U);
  EXPECT_FALSE(last().end);
  EXPECT_EQ(payments().settled->version, "v1");
}

TEST_F(RolloutsTest, going_back_later_is_a_rollout_of_its_own) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"b", "v2", 10}});
  tell(30, {{"c", "v1", 30}});
  EXPECT_EQ(titles(), (std::vector<std::string>{"v1 -> v2", "v2 -> v1"}));
}

TEST_F(RolloutsTest, the_next_one_replaces_one_that_is_not_over) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"b", "v2", 10}});
  tell(12, {{"a", "v1"}, {"b", "v2", 10}, {"c", "v3", 12}});
  EXPECT_EQ(titles(), (std::vector<std::string>{"v1 -> v2", "v1 -> v3"}));
  EXPECT_EQ(rollouts_.begin()->second.end, Rollout::End::kReplaced);
  EXPECT_EQ(rollouts_.begin()->second.ended_at, minute(12));
  tell(13, {{"b", "v2", 10}, {"c", "v3", 12}});
  EXPECT_FALSE(last().end);
  tell(14, {{"c", "v3", 12}});
  EXPECT_EQ(last().end, Rollout::End::kConcluded);
}

TEST_F(RolloutsTest, what_remains_of_a_replaced_one_is_what_the_workload_runs) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"b", "v2", 10}});
  tell(12, {{"a", "v1"}, {"b", "v2", 10}, {"c", "v3", 12}});
  tell(14, {{"b", "v2", 10}});
  EXPECT_EQ(last().end, Rollout::End::kUndone);
  tell(20, {{"b", "v2", 10}, {"d", "v4", 20}});
  EXPECT_EQ(last().from.version, "v2");
}

TEST_F(RolloutsTest, where_nothing_runs_nothing_is_decided) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"b", "v2", 10}});
  apply(script_.removed(11, "payments"));
  EXPECT_EQ(phase_at(last(), minute(60)), RolloutPhase::kPaused);
  tell(70, {{"c", "v1", 70}, {"d", "v2", 70}});
  EXPECT_FALSE(last().end);
  tell(90, {{"d", "v2", 70}});
  EXPECT_EQ(last().end, Rollout::End::kConcluded);
  EXPECT_EQ(rollouts_.size(), 1U);
}

TEST_F(RolloutsTest, what_was_rolled_out_before_anyone_looked_is_told_by_the_age_of_pods) {
  tell(100, {{"a", "v1", 5}, {"b", "v2", 50}});
  EXPECT_EQ(titles(), std::vector<std::string>{"v1 -> v2"});
  EXPECT_EQ(last().started_at, minute(50));
  EXPECT_EQ(phase_at(last(), minute(111)), RolloutPhase::kSideBySide);
}

TEST_F(RolloutsTest, versions_that_come_up_together_are_no_rollout) {
  tell(1, {{"a", "v1", 1, false}});
  tell(1.1, {{"a", "v1", 1, false}, {"b", "v1", 1, false}, {"c", "v2", 1.1, false}});
  tell(1.2, {{"a", "v1", 1}, {"b", "v1", 1}, {"c", "v2", 1.1}});
  EXPECT_TRUE(rollouts_.empty());
  // As they end, one after the other.
  tell(9, {{"a", "v1", 1}, {"b", "v1", 1}});
  tell(9.1, {{"a", "v1", 1}});
  tell(9.2, {});
  apply(script_.removed(9.3, "payments"));
  EXPECT_TRUE(rollouts_.empty());
  // And as they come again.
  tell(20, {{"d", "v1", 20, false}, {"e", "v2", 20.1, false}});
  tell(21, {{"d", "v1", 20}, {"e", "v2", 20.1}});
  EXPECT_TRUE(rollouts_.empty());
  tell(30, {{"d", "v1", 20}, {"e", "v2", 20.1}, {"f", "v3", 30}});
  EXPECT_EQ(titles(), std::vector<std::string>{"v1 -> v3"});
}

TEST_F(RolloutsTest, versions_that_came_up_together_before_anyone_looked_are_none_either) {
  tell(5, {{"a", "v1", 1}, {"b", "v1", 1}, {"c", "v2", 1.1}});
  EXPECT_TRUE(rollouts_.empty());
}

TEST_F(RolloutsTest, one_that_follows_a_ready_pod_at_once_is_a_rollout) {
  tell(1, {{"a", "v1", 1}});
  tell(1.1, {{"a", "v1", 1}, {"c", "v2", 1.1, false}});
  EXPECT_EQ(titles(), std::vector<std::string>{"v1 -> v2"});
}

TEST_F(RolloutsTest, one_whose_workload_is_stopped_is_not_undone) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"c", "v2", 10}});
  tell(20, {{"a", "v1"}});
  EXPECT_EQ(last().end, Rollout::End::kUndone);
  tell(20.5, {{"a", "v1", 0, true, true}});
  apply(script_.removed(21, "payments"));
  EXPECT_FALSE(last().end);
  EXPECT_EQ(phase_at(last(), minute(21)), RolloutPhase::kPaused);
  // Long after it was undone the others may stop as they like.
  tell(30, {{"a", "v1", 30}, {"c", "v2", 30}});
  tell(40, {{"a", "v1", 30}});
  tell(50, {});
  EXPECT_EQ(last().end, Rollout::End::kUndone);
}

TEST_F(RolloutsTest, several_at_once_are_told_in_the_order_of_their_pods) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"b", "v3", 9}, {"c", "v2", 8}});
  EXPECT_EQ(titles(), (std::vector<std::string>{"v1 -> v2", "v1 -> v3"}));
  EXPECT_EQ(rollouts_.begin()->second.pods_so_far, std::set<std::string>{"c"});
}

TEST_F(RolloutsTest, is_not_told_again_where_it_has_not_moved) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"a", "v1"}, {"b", "v2", 10}});
  EXPECT_EQ(told_, 1U);
  tell(11, {{"a", "v1"}, {"b", "v2", 10, true, false, "t1", "ada", {{"x", "y"}}}});
  EXPECT_EQ(told_, 0U);
}

TEST_F(RolloutsTest, two_workloads_of_one_service_are_told_apart) {
  tell(1, {{"a", "v1"}});
  apply(script_.changed(2, "payments-canary", {{"x", "v2", 2}}));
  EXPECT_TRUE(rollouts_.empty());
  apply(script_.changed(3, "payments-canary", {{"y", "v3", 3}}));
  EXPECT_EQ(titles(), std::vector<std::string>{"v2 -> v3"});
  EXPECT_EQ(payments().settled->version, "v1");
}

TEST_F(RolloutsTest, numbers_go_on_after_a_workload_was_forgotten) {
  tell(1, {{"a", "v1"}});
  tell(10, {{"b", "v2", 10}});
  const std::uint64_t first = last().number;
  apply(script_.removed(11, "payments"));
  catalog_.forget(minute(11) + std::chrono::days(7));
  tell(20'000, {{"c", "v3", 19'000}});
  tell(20'010, {{"d", "v4", 20'010}});
  EXPECT_EQ(titles(), (std::vector<std::string>{"v1 -> v2", "v3 -> v4"}));
  EXPECT_GT(last().number, first);
}

}  // namespace
}  // namespace seine::dive
