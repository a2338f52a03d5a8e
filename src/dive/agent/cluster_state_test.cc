// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "dive/agent/controller_source.h"
#include "dive/agent/wire_time.h"

namespace seine::dive {
namespace {

namespace registry = seine::registry::v1;

registry::RunningPod& add_pod(registry::RunningWorkloads& running, const std::string& name) {
  registry::RunningPod& pod = *running.add_pods();
  pod.set_namespace_("shop");
  pod.set_workload("web");
  pod.set_workload_kind("deployment");
  pod.set_name(name);
  pod.set_service("web");
  pod.set_service_account("web-sa");
  pod.set_version("v1");
  (*pod.mutable_labels())["team"] = "front";
  (*pod.mutable_labels())["env"] = "prod";
  pod.add_ports()->set_number(8080);
  pod.add_ports()->set_number(9090);
  pod.set_ready(true);
  pod.set_started_by("ada");
  pod.mutable_since()->set_seconds(1767225600);
  return pod;
}

std::string template_of(const registry::RunningWorkloads& running) {
  return make_cluster_state(running).workloads.begin()->second.pods(0).template_();
}

TEST(ClusterState, has_workloads_with_their_pods_in_order) {
  registry::RunningWorkloads running;
  running.set_cluster("test");
  running.mutable_now()->set_seconds(1767225660);
  add_pod(running, "web-bbbbb");
  add_pod(running, "web-aaaaa").set_leaving(true);
  auto& service = *running.add_services();
  service.set_namespace_("shop");
  service.set_name("front");
  service.add_ports(80);
  service.add_workloads("web");
  const ClusterState state = make_cluster_state(running);
  EXPECT_EQ(state.cluster, "test");
  EXPECT_EQ(state.at, WallTime(std::chrono::seconds(1767225660)));
  ASSERT_EQ(state.workloads.size(), 1u);
  const auto& web = state.workloads.at({"shop", "deployment", "web"});
  EXPECT_EQ(web.service_account(), "web-sa");
  ASSERT_EQ(web.pods_size(), 2);
  EXPECT_EQ(web.pods(0).name(), "web-aaaaa");
  EXPECT_TRUE(web.pods(0).leaving());
  EXPECT_EQ(web.pods(1).started_by(), "ada");
  EXPECT_EQ(web.pods(1).since().seconds(), 1767225600);
  EXPECT_EQ(web.pods(1).labels().at("env"), "prod");
  ASSERT_EQ(state.services.size(), 1u);
  EXPECT_EQ(state.services.begin()->second.workloads(0).kind(), "deployment");
}

TEST(ClusterState, tells_a_rollout_from_a_scale_by_the_template) {
  registry::RunningWorkloads running;
  registry::RunningPod& pod = add_pod(running, "web-aaaaa");
  const std::string before = template_of(running);
  EXPECT_EQ(before.size(), 32u);
  pod.set_name("web-bbbbb");
  pod.set_version("v2");
  pod.set_ready(false);
  pod.mutable_ports()->SwapElements(0, 1);
  EXPECT_EQ(template_of(running), before) << "none of these is the template's";
  (*pod.mutable_labels())["env"] = "test";
  const std::string labelled = template_of(running);
  EXPECT_NE(labelled, before);
  pod.set_service_account("other");
  EXPECT_NE(template_of(running), labelled);
  const std::string of_other = template_of(running);
  pod.mutable_ports(0)->set_protocol(registry::OPAQUE);
  EXPECT_NE(template_of(running), of_other);
}

TEST(ClusterState, takes_no_two_templates_for_one) {
  registry::RunningWorkloads one;
  registry::RunningPod& first = add_pod(one, "a");
  first.clear_labels();
  (*first.mutable_labels())["ab"] = "c";
  registry::RunningWorkloads other;
  registry::RunningPod& second = add_pod(other, "a");
  second.clear_labels();
  (*second.mutable_labels())["a"] = "bc";
  EXPECT_NE(template_of(one), template_of(other));
}

}  // namespace
}  // namespace seine::dive
