// SPDX-License-Identifier: Apache-2.0
#include "dive/events/cluster_event.h"

#include <gtest/gtest.h>

#include "dive/events/event_limits.h"
#include "dive/v1/cluster.pb.h"

namespace seine::dive {
namespace {

::dive::v1::ClusterEvent started() {
  ::dive::v1::ClusterEvent message;
  message.set_id("agent-1");
  message.set_kind("agent.started");
  message.mutable_at()->set_seconds(1'767'225'600);
  message.mutable_workload()->set_namespace_("shop");
  message.mutable_workload()->set_kind("deployment");
  message.mutable_workload()->set_name("payments");
  message.set_summary("The agent started");
  message.set_description("Version *edge-26.11.1*\n");
  return message;
}

template <class Change>
std::string refusal(Change change) {
  auto message = started();
  change(message);
  const auto event = read_cluster_event(message);
  if (event) return "taken";
  EXPECT_EQ(event.error().code, ErrorCode::kInvalidArgument);
  return event.error().message;
}

TEST(ClusterEvent, is_what_the_agent_found) {
  const auto event = read_cluster_event(started());
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->id, "agent-1");
  EXPECT_EQ(event->kind, "agent.started");
  EXPECT_EQ(event->at, WallTime(std::chrono::seconds(1'767'225'600)));
  EXPECT_EQ(event->workload, (WorkloadName{"shop", "deployment", "payments"}));
  EXPECT_EQ(event->summary, "The agent started");
  EXPECT_EQ(event->description, "Version *edge-26.11.1*\n");
}

TEST(ClusterEvent, may_be_of_no_workload_and_without_a_description) {
  EXPECT_EQ(refusal([](auto& message) {
              message.clear_workload();
              message.clear_description();
            }),
            "taken");
}

TEST(ClusterEvent, that_cannot_be_kept_is_refused_with_why) {
  for (const std::string& id : {std::string(), std::string("a b"), std::string("a/b"),
                                std::string("a\n"), std::string(kMaxEventId + 1, 'a')}) {
    EXPECT_TRUE(refusal([&](auto& message) { message.set_id(id); }).starts_with("the event's id"));
  }
  for (const std::string& kind : {std::string(), std::string("Agent"), std::string(".a"),
                                  std::string("a_b"), std::string(kMaxEventKind + 1, 'a')}) {
    EXPECT_TRUE(
        refusal([&](auto& message) { message.set_kind(kind); }).starts_with("the event's kind"));
  }
  EXPECT_EQ(refusal([](auto& message) { message.clear_at(); }),
            "the event does not say when it happened");
  EXPECT_EQ(refusal([](auto& message) { message.set_summary(""); }),
            "the event's summary is empty");
  EXPECT_EQ(refusal([](auto& message) { message.set_summary("a\nb"); }),
            "the event's summary has U+000A at byte 2: it has one line; leave it out");
  EXPECT_EQ(refusal([](auto& message) {
              message.set_description(std::string(kMaxEventDescription + 1, 'a'));
            }),
            "the event's description has 65537 bytes and may have 65536");
  EXPECT_TRUE(refusal([](auto& message) {
                message.mutable_workload()->set_name("A");
              }).starts_with("the workload 'A' is none"));
}

}  // namespace
}  // namespace seine::dive
