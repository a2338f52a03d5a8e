// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/state_teller.h"

#include <gtest/gtest.h>

#include "dive/agent/wire_time.h"

namespace seine::dive {
namespace {

ClusterState make_state(const std::vector<std::pair<std::string, int>>& workloads) {
  ClusterState state{.cluster = "test", .at = WallTime(std::chrono::seconds(1767225600))};
  for (const auto& [name, pods] : workloads) {
    auto& workload = state.workloads[{"shop", "deployment", name}];
    workload.mutable_name()->set_namespace_("shop");
    workload.mutable_name()->set_kind("deployment");
    workload.mutable_name()->set_name(name);
    for (int i = 0; i < pods; ++i) {
      auto& pod = *workload.add_pods();
      pod.set_name(name + "-" + std::to_string(i));
      for (const char* key : {"team", "env", "app", "tier"}) (*pod.mutable_labels())[key] = "x";
    }
    auto& service = state.services[{"shop", "", name}];
    service.mutable_name()->set_namespace_("shop");
    service.mutable_name()->set_name(name);
    service.add_ports(80);
  }
  return state;
}

TEST(StateTeller, tells_all_at_first_and_what_changed_then) {
  StateTeller teller;
  const StateNews first = teller.tell(make_state({{"web", 1}, {"db", 1}}));
  ASSERT_EQ(first.workloads.size(), 1u);
  EXPECT_EQ(first.workloads[0].all().workloads_size(), 2);
  EXPECT_EQ(decode_time(first.workloads[0].at()), WallTime(std::chrono::seconds(1767225600)));
  ASSERT_EQ(first.services.size(), 1u);
  EXPECT_EQ(first.services[0].all().services_size(), 2);
  const StateNews second = teller.tell(make_state({{"web", 2}, {"db", 1}}));
  ASSERT_EQ(second.workloads.size(), 1u);
  EXPECT_EQ(second.workloads[0].changed().name().name(), "web");
  EXPECT_EQ(second.workloads[0].changed().pods_size(), 2);
  EXPECT_TRUE(second.services.empty());
}

TEST(StateTeller, tells_an_empty_cluster_as_such) {
  StateTeller teller;
  const StateNews first = teller.tell(make_state({}));
  ASSERT_EQ(first.workloads.size(), 1u);
  EXPECT_TRUE(first.workloads[0].has_all());
  EXPECT_TRUE(first.services[0].has_all());
}

TEST(StateTeller, tells_nothing_where_nothing_changed) {
  StateTeller teller;
  teller.tell(make_state({{"web", 3}}));
  for (int i = 0; i < 20; ++i) {
    const StateNews again = teller.tell(make_state({{"web", 3}}));
    EXPECT_TRUE(again.workloads.empty() && again.services.empty()) << "labels have no order";
  }
}

TEST(StateTeller, tells_what_is_no_more) {
  StateTeller teller;
  teller.tell(make_state({{"web", 1}, {"db", 1}}));
  const StateNews news = teller.tell(make_state({{"web", 1}}));
  ASSERT_EQ(news.workloads.size(), 1u);
  EXPECT_EQ(news.workloads[0].removed().name(), "db");
  ASSERT_EQ(news.services.size(), 1u);
  EXPECT_EQ(news.services[0].removed().name(), "db");
}

TEST(StateTeller, tells_all_again_where_something_was_dropped) {
  StateTeller teller;
  teller.tell(make_state({{"web", 1}}));
  teller.forget_workloads();
  const StateNews news = teller.tell(make_state({{"web", 1}}));
  ASSERT_EQ(news.workloads.size(), 1u);
  EXPECT_TRUE(news.workloads[0].has_all());
  EXPECT_TRUE(news.services.empty());
}

}  // namespace
}  // namespace seine::dive
