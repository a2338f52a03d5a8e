// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/cluster_news.h"

#include <gtest/gtest.h>

#include "dive/catalog/catalog_limits.h"
#include "dive/catalog/testing/agent_script.h"

namespace seine::dive {
namespace {

template <class Message>
std::string refusal(const Message& message) {
  const auto news = read_news(message);
  return news ? "taken" : news.error().message;
}

// Payments with one pod, which `change` makes worse.
template <class Change>
std::string refusal_of_pod(Change change) {
  auto message = AgentScript().changed(1, "payments", {{"a", "v1"}});
  change(*message.mutable_changed()->mutable_pods(0));
  return refusal(message);
}

TEST(ClusterNews, are_values_in_order) {
  const auto news = read_news(AgentScript().changed(2, "payments", {{"b", "v1"}, {"a", "v2", 1}}));
  ASSERT_TRUE(news) << news.error().message;
  EXPECT_EQ(news->number, (MessageNumber{std::string(16, 'e'), 1}));
  EXPECT_EQ(news->at, minute(2));
  const auto& told = std::get<WorkloadTold>(news->told);
  EXPECT_EQ(format_name(told.name), "shop/deployment/payments");
  ASSERT_EQ(told.pods.size(), 2U);
  EXPECT_EQ(told.pods[0].name, "a");
  EXPECT_EQ(told.pods[0].since, minute(1));
}

TEST(ClusterNews, take_names_of_253_characters_and_any_script) {
  auto message = AgentScript().changed(1, std::string(253, 'w'), {{std::string(253, 'p'), "v1"}});
  auto& pod = *message.mutable_changed()->mutable_pods(0);
  pod.set_version("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
  pod.set_started_by("\xe6\x94\xaf");
  EXPECT_EQ(refusal(message), "taken");
  message.mutable_changed()->mutable_name()->set_name(std::string(254, 'w'));
  EXPECT_EQ(refusal(message), "the workload '" + std::string(64, 'w') +
                                  "' is none: it has 1 to 253 lower case letters, digits and '-'");
}

TEST(ClusterNews, say_who_is_meant_and_what_is_wrong) {
  EXPECT_EQ(refusal_of_pod([](auto& pod) { pod.set_version("v1\xe2\x80\xae"); }),
            "shop/deployment/payments: pod a: its version has U+202E at byte 3: it turns what "
            "stands around it; leave it out");
  EXPECT_EQ(refusal_of_pod([](auto& pod) { pod.set_started_by("a\x1b[2J"); }),
            "shop/deployment/payments: pod a: who started it has U+001B at byte 2: it is a control "
            "character; leave it out");
  EXPECT_EQ(refusal_of_pod([](auto& pod) { pod.set_version(std::string(129, 'v')); }),
            "shop/deployment/payments: pod a: its version has 129 bytes and may have 128");
  EXPECT_EQ(refusal_of_pod([](auto& pod) { pod.set_template_(std::string(65, 't')); }),
            "shop/deployment/payments: pod a: its template has over 64 octets");
  EXPECT_EQ(refusal_of_pod([](auto& pod) { pod.mutable_since()->set_seconds(-1); }),
            "shop/deployment/payments: pod a began at a time that is none");
  EXPECT_EQ(refusal_of_pod([](auto& pod) { pod.set_name("../a"); }),
            "shop/deployment/payments: the pod '../a' is none: it has 1 to 253 lower case letters, "
            "digits and '-'");
  EXPECT_NE(refusal_of_pod([](auto& pod) {
              (*pod.mutable_labels())["a\n"] = "b";
            }).find("the key of a label has U+000A"),
            std::string::npos);
  EXPECT_EQ(refusal(AgentScript().changed(1, "payments", {{"a", "v1"}, {"a", "v2"}})),
            "shop/deployment/payments has a pod twice");
}

TEST(ClusterNews, that_are_no_message_are_refused) {
  auto message = AgentScript().removed(1, "payments");
  EXPECT_EQ(refusal(message), "taken");
  message.mutable_envelope()->set_sequence(0);
  EXPECT_EQ(refusal(message), "sequences begin at 1, and this message has 0");
  message.mutable_envelope()->set_sequence(1);
  message.mutable_envelope()->set_epoch("short");
  EXPECT_EQ(refusal(message), "the message's epoch has 5 octets and not 16");
  message = AgentScript().removed(1, "payments");
  message.clear_at();
  EXPECT_EQ(refusal(message), "the message does not say when it was so");
  message = AgentScript().removed(1, "payments");
  message.clear_removed();
  EXPECT_EQ(refusal(message), "the message tells nothing that this version of Dive knows");
}

TEST(ClusterNews, of_services_are_checked) {
  AgentScript script;
  EXPECT_EQ(refusal(script.service(1, "payments", {"payments"})), "taken");
  EXPECT_EQ(refusal(script.service(1, "pay.ments", {})),
            "the service 'pay.ments' is none: it has 1 to 63 lower case letters, digits and '-'");
  EXPECT_EQ(refusal(script.service(1, "payments", {"a", "a"})),
            "shop/payments has a workload twice");
  auto message = script.service(1, "payments", {});
  message.mutable_changed()->add_ports(70'000);
  EXPECT_EQ(refusal(message), "shop/payments has a port 70000");
}

TEST(ClusterNews, have_limits) {
  std::vector<ScriptPod> pods(kMaxPodsOfWorkload + 1, {"a", "v1"});
  EXPECT_EQ(refusal(AgentScript().changed(1, "payments", pods)),
            "shop/deployment/payments has more than 5000 pods");
  std::vector<std::string> workloads(kMaxWorkloadsOfService + 1, "a");
  EXPECT_EQ(refusal(AgentScript().service(1, "payments", workloads)),
            "shop/payments has more than 100 workloads");
  auto message = AgentScript().all(1, {});
  for (std::size_t i = 0; i <= kMaxWorkloads; ++i) message.mutable_all()->add_workloads();
  EXPECT_EQ(refusal(message), "the cluster has more than 10000 workloads");
}

}  // namespace
}  // namespace seine::dive
