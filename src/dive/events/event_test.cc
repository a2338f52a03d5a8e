// SPDX-License-Identifier: Apache-2.0
#include "dive/events/event.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};
const WorkloadName kPayments{"shop", "deployment", "payments"};
const EventTarget kTarget{"home", "shop", "deployment", "payments"};

Rollout rollout() {
  Rollout out;
  out.number = 17;
  out.from = {"v2.7", "a"};
  out.to = {"v2.8", "b"};
  out.started_at = kNow - minutes(3);
  out.started_by = "ada";
  out.pods = 3;
  out.ready = 1;
  out.others = 2;
  out.progressed_at = kNow;
  return out;
}

ProcessEvent scheduled(const std::string& id, Duration in) {
  return schedule_event(id, {"Move the ledger", "", {kTarget}}, {"grace", kNow}, kNow + in).value();
}

TEST(Event, of_a_rollout_says_from_what_to_what_how_far_and_by_whom) {
  const Event event = show("home", kPayments, rollout(), kNow);
  EXPECT_EQ(event.id, "rollout.home.shop.deployment.payments.17");
  EXPECT_EQ(event.title, "Rolled out v2.8");
  EXPECT_EQ(event.description, "v2.7 \u2192 v2.8");
  EXPECT_EQ(event.revisions, std::pair(std::string("v2.7"), std::string("v2.8")));
  EXPECT_EQ(event.person, "ada");
  EXPECT_EQ(event.state, "ongoing");
  EXPECT_FALSE(event.is_over);
  EXPECT_EQ(event.begins_at, kNow - minutes(3));
  EXPECT_EQ(event.ready_pods, std::pair(std::size_t{1}, std::size_t{3}));
  EXPECT_EQ(event.targets, std::vector<EventTarget>{kTarget});
}

TEST(Event, of_a_rollout_that_is_over_says_when) {
  Rollout over = rollout();
  over.end = Rollout::End::kConcluded;
  over.ended_at = kNow;
  const Event event = show("home", kPayments, over, kNow + hours(9));
  EXPECT_EQ(event.state, "concluded");
  EXPECT_TRUE(event.is_over);
  EXPECT_EQ(event.ended_at, kNow);
}

TEST(Event, of_people_begins_when_it_is_to_begin_until_it_did) {
  ProcessEvent process = scheduled("1", hours(1));
  Event event = show(process, kNow);
  EXPECT_EQ(event.id, "process.1");
  EXPECT_EQ(event.begins_at, kNow + hours(1));
  EXPECT_EQ(event.state, "scheduled");
  EXPECT_EQ(event.person, "grace");
  process = start(process, {"ada", kNow + hours(2)}).value();
  event = show(process, kNow + hours(2));
  EXPECT_EQ(event.begins_at, kNow + hours(2));
  EXPECT_EQ(event.person, "ada");
  process = conclude(process, {"ada", kNow + hours(3)}).value();
  event = show(process, kNow + hours(4));
  EXPECT_TRUE(event.is_over);
  EXPECT_EQ(event.ended_at, kNow + hours(3));
}

TEST(Event, that_an_agent_found_happened) {
  const ClusterEvent found{.id = "agent-1",
                           .kind = "agent.started",
                           .at = kNow,
                           .workload = std::nullopt,
                           .summary = "The agent started",
                           .description = ""};
  const Event event = show("home", found);
  EXPECT_EQ(event.id, "cluster.home.agent-1");
  EXPECT_EQ(event.state, "happened");
  EXPECT_EQ(event.targets, (std::vector<EventTarget>{{"home", "", "", ""}}));
  EXPECT_EQ(event.ended_at, kNow);
}

TEST(Event, that_needs_eyes_comes_first) {
  std::vector<Event> events;
  events.push_back(show(scheduled("later", hours(5)), kNow));
  events.push_back(show(scheduled("soon", hours(1)), kNow));
  Rollout over = rollout();
  over.end = Rollout::End::kUndone;
  over.ended_at = kNow;
  events.push_back(show("home", kPayments, over, kNow));
  over.number = 16;
  over.started_at -= hours(1);
  events.push_back(show("home", kPayments, over, kNow));
  Rollout ongoing = rollout();
  ongoing.number = 18;
  events.push_back(show("home", kPayments, ongoing, kNow));
  sort_events(events, kNow);
  std::vector<std::string> ids;
  for (const Event& event : events) ids.push_back(event.id.substr(event.id.rfind('.') + 1));
  EXPECT_EQ(ids, (std::vector<std::string>{"18", "soon", "later", "17", "16"}));
}

TEST(Event, has_a_name_for_each_kind) {
  EXPECT_EQ(kind_name(EventKind::kRollout), "code rollout");
  EXPECT_EQ(kind_name(EventKind::kProcess), "process");
  EXPECT_EQ(kind_name(EventKind::kCluster), "cluster");
}

}  // namespace
}  // namespace seine::dive
