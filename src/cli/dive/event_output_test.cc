// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/event_output.h"

#include <gtest/gtest.h>

#include "cli/testing/dive_documents.h"
#include "cli/testing/zone.h"

namespace seine::cli {
namespace {

using testing::document;

const WallTime kNow = ManualClock().wall_now();

json::Array both() {
  return {document(testing::kMove), document(testing::kRollout)};
}

TEST(EventOutput, is_a_line_each) {
  EXPECT_EQ(event_table(both(), false, kNow, {}),
            "BEGINS STATE     TITLE                              ABOUT            ID\n"
            "in 30m scheduled Deploy payments from staging to QA shop/payments +1 process.4\n"
            "3m ago ongoing   Rolled out v2                      shop/payments    -\n")
      << "what was found is started and concluded by nobody, and has long ids";
}

TEST(EventOutput, cuts_titles_and_no_id_on_a_terminal) {
  EXPECT_EQ(event_table(both(), false, kNow, {.is_tty = true, .columns = 80}),
            "BEGINS STATE     TITLE                              ABOUT            ID\n"
            "in 30m scheduled Deploy payments from staging to QA shop/payments +1 process.4\n"
            "3m ago ongoing   Rolled out v2                      shop/payments    -\n");
}

TEST(EventOutput, is_wide_when_asked) {
  EXPECT_EQ(event_table(both(), true, kNow, {.is_tty = true, .columns = 200}),
            "BEGINS  STATE      TITLE                               ABOUT             KIND     BY  "
            " ENDED  ID\n"
            "in 30m  scheduled  Deploy payments from staging to QA  shop/payments +1  process  ada "
            " -      process.4\n"
            "3m ago  ongoing    Rolled out v2                       shop/payments     rollout  -   "
            " -      rollout.demo.shop.deployment.payments.17\n");
}

TEST(EventOutput, is_a_card_with_what_people_said) {
  const testing::Zone utc("UTC0");
  EXPECT_EQ(event_card(document(testing::kMove), kNow, {}),
            "Deploy payments from staging to QA\n"
            "\n"
            "state        scheduled\n"
            "kind         process\n"
            "about        shop/payments (demo), shop/web (demo)\n"
            "begins       2026-01-01T00:30:00Z (in 30m)\n"
            "by           ada\n"
            "id           process.4\n"
            "\n"
            "  First *one* pod,\n"
            "  then all.\n"
            "\n"
            "2025-12-31T23:59:00Z (1m ago) by ada\n"
            "  QA is ready.\n");
}

TEST(EventOutput, is_a_card_with_what_was_rolled_out) {
  const testing::Zone utc("UTC0");
  EXPECT_EQ(event_card(document(testing::kRollout), kNow, {}),
            "Rolled out v2\n"
            "\n"
            "state        ongoing\n"
            "kind         rollout\n"
            "about        shop/payments (demo)\n"
            "rollout      v1 to v2, 2 of 3 pods ready\n"
            "began        2025-12-31T23:57:00Z (3m ago)\n"
            "id           rollout.demo.shop.deployment.payments.17\n");
}

TEST(EventOutput, of_a_document_without_anything_is_a_card_without_anything) {
  EXPECT_EQ(event_card(document("{}"), kNow, {}), "\n\n");
  EXPECT_EQ(event_card(json::Value(), kNow, {}), "\n\n");
}

TEST(EventOutput, keeps_what_somebody_wrote_from_driving_the_terminal) {
  const json::Value hostile = document(
      R"({"id":"\u001b[2J","title":"\u202etitle","state":"\u0007","description":"\u009b\u001bc",)"
      R"("by":"\u2066","targets":[{"namespace":"\u001b","name":"\u001b","cluster":"\u001b"}],)"
      R"("comments":[{"by":"\u001b","text":"\u202d\u001b[2J"}],"rollout":{"to":"\u001b"}})");
  const std::string all = event_card(hostile, kNow, {}) + event_table({hostile}, true, kNow, {}) +
                          event_line(hostile, {});
  for (const char* bad : {"\x1b", "\x07", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x81\xa6"}) {
    EXPECT_EQ(all.find(bad), std::string::npos) << all;
  }
}

TEST(EventOutput, has_so_much_of_an_id_as_is_to_be_typed) {
  const json::Value event = document(
      R"({"id":"process.0123456789abcdef0123456789abcdef","kind":"process","state":"scheduled",)"
      R"("title":"Move","starts_ms":1767227400000})");
  EXPECT_EQ(event_table({event}, false, kNow, {}),
            "BEGINS  STATE      TITLE  ABOUT  ID\n"
            "in 30m  scheduled  Move   -      01234567\n");
  EXPECT_EQ(event_line(event, {}), "scheduled 01234567: Move\n");
}

TEST(EventOutput, says_more_exactly_how_a_rollout_stands) {
  const json::Value event =
      document(R"({"id":"rollout.a","kind":"rollout","state":"ongoing","phase":"side by side",)"
               R"("title":"Rolled out v2"})");
  EXPECT_EQ(event_table({event}, false, kNow, {}),
            "BEGINS  STATE         TITLE          ABOUT  ID\n"
            "-       side by side  Rolled out v2  -      -\n");
}

TEST(EventOutput, says_what_was_done) {
  EXPECT_EQ(event_line(document(testing::kMove), {}),
            "scheduled process.4: Deploy payments from staging to QA\n");
}

}  // namespace
}  // namespace seine::cli
