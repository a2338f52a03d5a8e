// SPDX-License-Identifier: Apache-2.0
#include "dive/api/objective_draft.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

using namespace std::chrono_literals;

std::string refusal(std::string_view json, DraftGoal goal = DraftGoal::kRequired) {
  const auto draft = parse_draft(json, goal);
  return draft ? "taken" : draft.error().message;
}

TEST(ObjectiveDraft, is_of_success_over_a_week_where_nothing_else_is_said) {
  const auto draft = parse_draft(R"({"service":"payments","namespace":"shop","success":"99%"})",
                                 DraftGoal::kRequired);
  ASSERT_TRUE(draft) << draft.error().message;
  EXPECT_EQ(draft->objective.name, "shop-payments-success-7d");
  EXPECT_EQ(draft->objective.subject.kind, Subject::Kind::kService);
  EXPECT_EQ(draft->objective.subject.ns, "shop");
  EXPECT_EQ(draft->objective.goal.to_string(), "99%");
  EXPECT_EQ(format_window(draft->objective.window), "7d");
  EXPECT_TRUE(draft->has_goal);
  EXPECT_FALSE(draft->is_dry_run || draft->may_be_unknown);
}

TEST(ObjectiveDraft, is_of_latency_with_all_there_may_be) {
  const auto draft = parse_draft(
      R"({"workload":"ledger","namespace":"shop","route":"a/b/c","environment":"qa",)"
      R"("latency":"50ms","quantile_share":"99.9%","window":"month","time_zone":"Europe/Berlin",)"
      R"("name":"quick","description":"ask Ada","dry_run":true,"allow_unknown":true})",
      DraftGoal::kRequired);
  ASSERT_TRUE(draft) << draft.error().message;
  const Objective& objective = draft->objective;
  EXPECT_EQ(objective.name, "quick");
  EXPECT_EQ(objective.subject.kind, Subject::Kind::kWorkload);
  EXPECT_EQ(objective.subject.environment, "qa");
  EXPECT_EQ(objective.latency, Duration(50ms));
  EXPECT_EQ(std::get<CalendarMonth>(objective.window).zone, "Europe/Berlin");
  EXPECT_TRUE(draft->is_dry_run && draft->may_be_unknown);
}

TEST(ObjectiveDraft, needs_no_goal_to_be_given_one) {
  const auto draft = parse_draft(R"({"service":"payments"})", DraftGoal::kOptional);
  ASSERT_TRUE(draft) << draft.error().message;
  EXPECT_FALSE(draft->has_goal);
  EXPECT_EQ(draft->objective.subject.ns, "default");
}

TEST(ObjectiveDraft, is_refused_with_the_member_that_is_wrong) {
  const auto says = [](std::string_view json, std::string_view what) {
    const std::string found = refusal(json);
    EXPECT_NE(found.find(what), std::string::npos) << json << ": " << found;
  };
  says("", "the body");
  says("[]", "object");
  says(R"({"success":"99%"})", "service");
  says(R"({"service":"a","workload":"b","success":"99%"})", "service");
  says(R"({"service":"a"})", "success");
  says(R"({"service":"a","latency":"50ms"})", "quantile_share");
  says(R"({"service":"a","quantile_share":"99%"})", "latency");
  says(R"({"service":"a","success":"99%","latency":"50ms"})", "either of success or of latency");
  says(R"({"service":"a","success":"100%"})", "success");
  says(R"({"service":"a","success":"0%"})", "success");
  says(R"({"service":"a","success":"99%","window":"1m"})", "window");
  says(R"({"service":"a","success":"99%","window":"91d"})", "window");
  says(R"({"service":"a","success":"99%","time_zone":"Europe/Berlin"})", "time_zone");
  says(R"({"service":"a","success":"99%","latency":5})", "latency");
  says(R"({"service":"A b","success":"99%"})", "service");
  says(R"({"service":"a","success":"99%","sucess":"98%"})", "sucess");
}

// Regression: what was wrong ran into the name of its member.
TEST(ObjectiveDraft, is_refused_in_sentences) {
  const auto answer = [](std::string_view text) {
    const auto draft = parse_draft(text, DraftGoal::kRequired);
    return draft ? "taken" : draft.error().message;
  };
  EXPECT_EQ(answer(R"({"service":"a","success":"0%"})"),
            "success: a goal of 0% asks for nothing: write one above 0%, such as 99%");
  EXPECT_EQ(answer(R"({"service":"a","success":"99%","window":"3s"})"),
            "window: a window of 3s cannot be kept: write one from 1h to 90d, such as 7d");
  EXPECT_EQ(answer(R"({"service":"a","latency":"0","quantile_share":"99%"})"),
            "a latency of 0 cannot be promised: write whole milliseconds from 1ms to 1h, such as "
            "50ms");
  EXPECT_EQ(answer(R"({"service":"a","success":"99%","time_zone":"Europe/Berlin"})"),
            "time_zone: only a calendar month has a time zone; ask for the window month, or leave "
            "it out");
  EXPECT_EQ(answer(R"({"service":"a","success":"99%","window":"month","time_zone":"Factory"})"),
            "'Factory' is not a time zone that means the same everywhere: write one such as UTC or "
            "Europe/Berlin");
  EXPECT_TRUE(
      answer(R"({"service":"a","success":"99%","name":"export"})").contains("another name"));
}

}  // namespace
}  // namespace seine::dive
