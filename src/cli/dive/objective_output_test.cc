// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/objective_output.h"

#include <gtest/gtest.h>

#include "cli/testing/dive_documents.h"
#include "cli/testing/zone.h"

namespace seine::cli {
namespace {

using testing::document;

const WallTime kNow = ManualClock().wall_now();

json::Array both() {
  return {document(testing::kPayments), document(testing::kWeb)};
}

TEST(ObjectiveOutput, is_a_line_each) {
  EXPECT_EQ(objective_table(both(), false, {}),
            "NAME                      OF                 GOAL        WINDOW  STATE       COM"
            "PLIANCE  BUDGET_LEFT\n"
            "shop-payments-success-7d  shop/payments      99%         7d      exhausted      "
            "  96.1%      -289.7%\n"
            "web-latency-30d           shop/workload/web  99.9% 50ms  30d     no traffic     "
            "      -            -\n");
}

TEST(ObjectiveOutput, is_wide_when_asked) {
  EXPECT_EQ(
      objective_table(both(), true, {.is_tty = true, .columns = 200}),
      "NAME                      OF                                           GOAL        WINDOW  "
      "STATE       COMPLIANCE  BUDGET_LEFT   SLI  BURN  CLUSTERS\n"
      "shop-payments-success-7d  shop/svc/payments                            99%         7d      "
      "exhausted        96.1%      -289.7%  100%    0x  demo\n"
      "web-latency-30d           shop/workload/web route GET / in production  99.9% 50ms  30d     "
      "no traffic           -            -     -     -  -\n");
}

TEST(ObjectiveOutput, is_a_card_within_80_columns) {
  const testing::Zone utc("UTC0");
  EXPECT_EQ(
      objective_card(document(testing::kPayments), document(testing::kEvidence), false, kNow, {}),
      "shop-payments-success-7d: exhausted\n"
      "99% of all requests over a rolling 7-day window are served successfully.\n"
      "1 of every 100 requests may fail.\n"
      "\n"
      "  What the shop promises its customers.\n"
      "\n"
      "of           shop/svc/payments\n"
      "in           demo\n"
      "window       7d, from 2025-12-25T00:00:00Z (7d ago)\n"
      "compliance   96.1%\n"
      "budget left  -289.7%\n"
      "SLI          100%\n"
      "burn rate    0x\n"
      "\n"
      "553 failures over budget; recovers after 55,232 good requests in a row, or in 4\n"
      "days as old failures age out.\n"
      "99.2% of the counts are there.\n"
      "120 requests of probes are excluded.\n"
      "\n"
      "SEEN_BY       GOOD  BAD\n"
      "callers     18,325  743\n"
      "servers     18,368  700\n"
      "difference     -43   43\n"
      "\n"
      "743 bad requests:\n"
      "COUNT  CAUSE            ROUTE      CALLER      VERSION  WORKLOAD\n"
      "  700  HTTP 503         POST /pay  web.shop    v2       payments\n"
      "   40  connect timeout  -          not meshed  v1       payments\n"
      "and 3 of other kinds\n");
}

TEST(ObjectiveOutput, is_a_card_also_where_nothing_has_come) {
  const testing::Zone utc("UTC0");
  EXPECT_EQ(objective_card(document(testing::kWeb), json::Value(), false, kNow, {}),
            "web-latency-30d: no traffic\n"
            "99.9% of successful requests over a rolling 30-day window are answered within\n"
            "50ms.\n"
            "1 of every 1,000 requests may be late.\n"
            "\n"
            "of           shop/workload/web route GET / in production\n"
            "in           nobody has seen it yet\n"
            "window       30d, from 2025-12-02T00:00:00Z (30d ago)\n"
            "compliance   no traffic\n"
            "budget left  no traffic\n"
            "SLI          no traffic\n"
            "\n"
            "No requests in the last 30 days, so there is no budget.\n"
            "\n"
            "SEEN_BY     GOOD  BAD\n"
            "callers        0    0\n"
            "servers        0    0\n"
            "difference     0    0\n");
}

TEST(ObjectiveOutput, has_an_example_of_each_group_when_wide) {
  const testing::Zone utc("UTC0");
  const std::string card = objective_card(
      document(testing::kPayments), document(testing::kEvidence), true, kNow, {.columns = 120});
  EXPECT_NE(card.find("POST /pay, 12.574ms, 3m ago, trace 4bf92f35\n"), std::string::npos) << card;
}

// Regression: a latency objective's card left out that some answers cannot be judged.
TEST(ObjectiveOutput, says_how_many_answers_took_about_as_long_as_the_threshold) {
  const json::Value unsure = document(
      R"({"name":"a","state":"healthy","text":{"coverage":"all counts are there",)"
      R"("unsure":"7 responses took between 40ms and 50ms: taken for late","excluded":"none"}})");
  const std::string card = objective_card(unsure, json::Value(), false, kNow, {});
  EXPECT_NE(card.find("All counts are there.\n"
                      "7 responses took between 40ms and 50ms: taken for late.\n"
                      "None.\n"),
            std::string::npos)
      << card;
}

TEST(ObjectiveOutput, has_a_colour_for_each_state_that_asks_for_eyes) {
  EXPECT_EQ(state_colour("healthy"), Colour::kGreen);
  EXPECT_EQ(state_colour("exhausted"), Colour::kRed);
  for (const std::string_view state : {"burning", "partial data", "unreadable"}) {
    EXPECT_EQ(state_colour(state), Colour::kYellow) << state;
  }
  EXPECT_EQ(state_colour("no traffic"), Colour::kDim);
}

TEST(ObjectiveOutput, of_a_document_without_anything_is_a_card_without_anything) {
  EXPECT_EQ(objective_card(document("{}"), document("{}"), true, kNow, {}),
            ": \n\nof           /workload/\nin           nobody has seen it yet\n");
  EXPECT_EQ(objective_card(json::Value(), json::Value(json::Array()), true, kNow, {}),
            ": \n\nof           /workload/\nin           nobody has seen it yet\n");
}

TEST(ObjectiveOutput, keeps_what_somebody_wrote_from_driving_the_terminal) {
  const json::Value hostile =
      document(R"({"name":"a\u001b[2J","state":"healthy\u202e","description":"x\u009b[2J\u0007",)"
               R"("service":"s\n\u001b]0;t","namespace":"n","clusters":["c\u001bc"],)"
               R"("text":{"goal":"g\u2066","left":"\u001b[31m","budget":"\u200f\u202d"},)"
               R"("callers":{"good":1,"bad":1},"servers":{"good":1,"bad":1}})");
  const json::Value evidence =
      document(R"({"bad":1,"groups":[{"count":1,"route":"/\u001b[2J","caller":"\u202e","example":)"
               R"({"method":"\u001bc","path":"\u0085","trace_id":"\u2028"}}]})");
  std::string all = objective_card(hostile, evidence, true, kNow, {});
  all += objective_table({hostile}, true, {});
  for (const char* bad : {"\x1b", "\x07", "\xc2\x9b", "\xc2\x85", "\xe2\x80\xae", "\xe2\x80\xad",
                          "\xe2\x81\xa6", "\xe2\x80\xa8"}) {
    EXPECT_EQ(all.find(bad), std::string::npos) << all;
  }
}

TEST(ObjectiveOutput, proposes_goals_with_the_recommended_one_marked) {
  const json::Value proposals = document(
      R"({"objective":"of all requests over a rolling 7-day window are served successfully",)"
      R"("history":"14 days of counts are there","goals":[)"
      R"({"goal":"99.9%","met":"12%","left_now":"-80%","may_still_fail":"0","recommended":false,)"
      R"("own":false},)"
      R"({"goal":"99%","met":"100%","left_now":"61.2%","may_still_fail":"11,670",)"
      R"("recommended":true,"own":true}]})");
  EXPECT_EQ(proposal_text(proposals, "seine objective set svc/a --success ", {}),
            "of all requests over a rolling 7-day window are served successfully\n"
            "14 days of counts are there.\n"
            "\n"
            " GOAL  MET_OF_LAST_WINDOW  BUDGET_LEFT_NOW  MAY_STILL_FAIL  NOTE\n"
            "99.9%                 12%             -80%               0  -\n"
            "  99%                100%            61.2%          11,670  recommended, yours\n"
            "\n"
            "Set it:  seine objective set svc/a --success 99%\n");
  const std::string none =
      proposal_text(document(R"({"goals":[]})"), "seine objective set svc/a --success ", {});
  EXPECT_EQ(none, "There is no traffic in the window to learn from.\n");
}

TEST(ObjectiveOutput, says_what_was_saved_or_would_be) {
  EXPECT_EQ(saved_text(document(R"({"name":"a","action":"created","dry_run":false})"), {}),
            "created a\n");
  EXPECT_EQ(saved_text(document(R"({"name":"a","action":"changed","dry_run":true})"), {}),
            "would be changed a\n");
  EXPECT_EQ(saved_text(document(R"({"name":"a","action":"unchanged","dry_run":true})"), {}),
            "would stay unchanged a\n");
}

TEST(ObjectiveOutput, is_coloured_on_a_terminal_alone) {
  EXPECT_EQ(objective_table(both(), true, {}).find('\x1b'), std::string::npos);
  const Terminal terminal{.is_tty = true, .has_colours = true};
  EXPECT_NE(objective_table(both(), true, terminal).find("\x1b[31m"), std::string::npos);
}

}  // namespace
}  // namespace seine::cli
