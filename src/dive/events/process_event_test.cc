// SPDX-License-Identifier: Apache-2.0
#include "dive/events/process_event.h"

#include <gtest/gtest.h>

#include "dive/events/event_limits.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};
const EventTarget kPayments{"home", "shop", "service", "payments"};

Deed by(std::string person, Duration after = {}) {
  return {std::move(person), kNow + after};
}

EventDraft draft() {
  return {.title = "Deploy payments from staging to QA",
          .description = "See *the plan*.\n",
          .targets = {kPayments}};
}

std::string refusal(EventDraft worse) {
  const auto event = start_event("1", std::move(worse), by("ada"));
  if (event) return "taken";
  EXPECT_EQ(event.error().code, ErrorCode::kInvalidArgument);
  return event.error().message;
}

TEST(ProcessEvent, is_scheduled_started_and_concluded_by_somebody_each_time) {
  auto event = schedule_event("1", draft(), by("ada"), kNow + hours(1));
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(state_at(*event, kNow), ProcessState::kScheduled);
  EXPECT_EQ(state_at(*event, kNow + hours(1)), ProcessState::kOverdue);
  event = start(*event, by("grace", hours(2)));
  ASSERT_TRUE(event);
  EXPECT_EQ(state_at(*event, kNow + hours(2)), ProcessState::kOngoing);
  event = conclude(*event, by("ada", hours(3)));
  ASSERT_TRUE(event);
  EXPECT_EQ(state_at(*event, kNow + hours(3)), ProcessState::kConcluded);
  EXPECT_EQ(event->created, by("ada"));
  EXPECT_EQ(event->started, by("grace", hours(2)));
  EXPECT_EQ(event->concluded, by("ada", hours(3)));
}

TEST(ProcessEvent, may_begin_as_it_is_told) {
  const auto event = start_event("1", draft(), by("ada"));
  ASSERT_TRUE(event);
  EXPECT_EQ(state_at(*event, kNow), ProcessState::kOngoing);
  EXPECT_EQ(event->started, by("ada"));
}

TEST(ProcessEvent, may_be_told_after_it_began_and_not_before) {
  const auto event = start_event("1", draft(), by("ada"), kNow - hours(2));
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->created, by("ada"));
  EXPECT_EQ(event->started, by("ada", -hours(2)));
  EXPECT_EQ(conclude(*event, by("ada"))->concluded->at, kNow);
  EXPECT_EQ(start_event("1", draft(), by("ada"), kNow + hours(1)).error().message,
            "2026-01-01T01:00:00.000Z is to come: an event begins then at the earliest");
}

TEST(ProcessEvent, is_called_off_where_it_ends_before_it_began) {
  const auto event = schedule_event("1", draft(), by("ada"), kNow + hours(1)).value();
  const auto off = conclude(event, by("ada", minutes(5))).value();
  EXPECT_EQ(state_at(off, kNow + hours(5)), ProcessState::kCalledOff);
}

TEST(ProcessEvent, takes_no_step_twice_and_none_back) {
  const auto event = start_event("1", draft(), by("ada")).value();
  EXPECT_EQ(start(event, by("grace")).error().message,
            "the event was started by ada at 2026-01-01T00:00:00.000Z");
  const auto over = conclude(event, by("grace", minutes(1))).value();
  EXPECT_EQ(conclude(over, by("ada")).error().message,
            "the event was concluded by grace at 2026-01-01T00:01:00.000Z");
  EXPECT_EQ(start(over, by("ada")).error().message,
            "the event was concluded by grace at 2026-01-01T00:01:00.000Z: add another");
}

TEST(ProcessEvent, never_ends_before_it_began) {
  const auto event = start_event("1", draft(), by("ada")).value();
  EXPECT_EQ(conclude(event, by("ada", -minutes(1)))->concluded->at, kNow);
}

TEST(ProcessEvent, is_not_scheduled_for_the_past) {
  EXPECT_EQ(schedule_event("1", draft(), by("ada"), kNow).error().message,
            "2026-01-01T00:00:00.000Z is past: leave the time out for an event that begins now");
}

TEST(ProcessEvent, is_told_in_text_that_can_be_shown) {
  EventDraft worse = draft();
  worse.title = "";
  EXPECT_EQ(refusal(worse), "the title is empty");
  worse.title = std::string(kMaxEventTitle + 1, 'a');
  EXPECT_EQ(refusal(worse), "the title has 257 bytes and may have 256");
  worse.title = "gnp.\xe2\x80\xaetnemyap";
  EXPECT_EQ(refusal(worse),
            "the title has U+202E at byte 5: it turns what stands around it; leave it out");
  worse = draft();
  worse.description = std::string(kMaxEventDescription, '#');
  EXPECT_EQ(refusal(worse), "taken");
  worse.description += '#';
  EXPECT_EQ(refusal(worse), "the description has 65537 bytes and may have 65536");
  worse.description = "<img src=x onerror=alert(1)> [x](javascript:alert(1))";
  EXPECT_EQ(refusal(worse), "taken");
  worse.description = "";
  EXPECT_EQ(refusal(worse), "taken");
  EXPECT_EQ(start_event("1", draft(), by("")).error().message, "the person's name is empty");
}

TEST(ProcessEvent, is_about_something_once) {
  EventDraft worse = draft();
  worse.targets = {kPayments, {"home", "bank", "", ""}, kPayments};
  EXPECT_EQ(start_event("1", worse, by("ada"))->targets,
            (std::vector<EventTarget>{{"home", "bank", "", ""}, kPayments}));
  worse.targets.clear();
  EXPECT_EQ(refusal(worse), "the event has no target: say what it is about, such as svc/payments");
  for (std::size_t i = 0; i <= kMaxEventTargets; ++i) {
    worse.targets.push_back({"home", "shop", "service", "s" + std::to_string(i)});
  }
  EXPECT_TRUE(refusal(worse).starts_with("the event has 101 targets and may have 100"));
  worse.targets = {{"home", "shop", "service", "Payments"}};
  EXPECT_TRUE(refusal(worse).starts_with("'shop/service/Payments' is no target"));
  worse.targets = {{"home", "shop", "deployment", std::string(253, 'w')}};
  EXPECT_EQ(refusal(worse), "taken");
}

TEST(ProcessEvent, is_edited_without_changing_what_happened) {
  const auto event = start_event("1", draft(), by("ada")).value();
  EventDraft other = draft();
  other.title = "Deploy payments to production";
  const auto edited = edit(event, other).value();
  EXPECT_EQ(edited.title, "Deploy payments to production");
  EXPECT_EQ(edited.started, event.started);
  other.title = "\n";
  EXPECT_FALSE(edit(event, other));
}

TEST(ProcessEvent, is_commented_also_when_it_is_over) {
  auto event = conclude(start_event("1", draft(), by("ada")).value(), by("ada")).value();
  event = comment(event, {"c1", by("grace", hours(1)), "Went *well*.\n"}).value();
  ASSERT_EQ(event.comments.size(), 1U);
  EXPECT_EQ(event.comments[0].written.person, "grace");
  EXPECT_EQ(comment(event, {"c2", by("grace"), " \n"}).error().message, "the comment is empty");
  EXPECT_FALSE(comment(event, {"c2", by("grace"), std::string(kMaxCommentText + 1, 'a')}));
  event.comments.resize(kMaxEventComments);
  EXPECT_EQ(comment(event, {"c3", by("grace"), "more"}).error().message,
            "the event has 1000 comments and takes no more");
}

TEST(ProcessEvent, has_a_name_for_each_state) {
  EXPECT_EQ(state_name(ProcessState::kScheduled), "scheduled");
  EXPECT_EQ(state_name(ProcessState::kOverdue), "overdue");
  EXPECT_EQ(state_name(ProcessState::kOngoing), "ongoing");
  EXPECT_EQ(state_name(ProcessState::kConcluded), "concluded");
  EXPECT_EQ(state_name(ProcessState::kCalledOff), "called off");
}

}  // namespace
}  // namespace seine::dive
