// SPDX-License-Identifier: Apache-2.0
#include "dive/api/event_draft.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

std::string refusal(std::string_view json) {
  const auto told = parse_event(json, "local");
  return told ? "taken" : told.error().message;
}

TEST(ToldEvent, is_about_things_as_people_write_them) {
  const auto told =
      parse_event(R"({"title":"Deploy payments","about":["svc/payments","ns/other","cluster"],)"
                  R"("namespace":"shop","description":"**now**"})",
                  "local");
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->draft.title, "Deploy payments");
  EXPECT_EQ(told->draft.description, "**now**");
  ASSERT_EQ(told->draft.targets.size(), 3u);
  EXPECT_EQ(told->draft.targets[0], (EventTarget{"local", "shop", "service", "payments"}));
  EXPECT_EQ(told->draft.targets[2], (EventTarget{"local", "", "", ""}));
  EXPECT_FALSE(told->starts);
}

TEST(ToldEvent, is_about_services_as_pages_name_them) {
  const auto told =
      parse_event(R"({"title":"x","about":[{"cluster":"east","namespace":"shop","name":"web"}],)"
                  R"("starts_ms":1800000000000})",
                  "local");
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->draft.targets[0], (EventTarget{"east", "shop", "service", "web"}));
  EXPECT_EQ(told->starts, WallTime(std::chrono::milliseconds(1'800'000'000'000)));
}

TEST(ToldEvent, begins_now_where_a_page_says_null) {
  const auto told = parse_event(R"({"title":"x","about":["cluster"],"starts_ms":null})", "local");
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_FALSE(told->starts);
}

TEST(ToldEvent, is_refused_with_the_member_that_is_wrong) {
  const auto says = [](std::string_view json, std::string_view what) {
    const std::string found = refusal(json);
    EXPECT_NE(found.find(what), std::string::npos) << json << ": " << found;
  };
  says("{}", "title");
  says(R"({"title":"x","about":["svc/"]})", "svc/");
  says(R"({"title":"x","about":[7]})", "about[0]");
  says(R"({"title":"x","about":[{"cluster":"c"}]})", "about[0].namespace");
  says(R"({"title":"x","about":["cluster"],"starts_ms":"soon"})", "starts_ms");
  says(R"({"title":"x","about":["cluster"],"starts_ms":-1})", "starts_ms");
  // Of the year 9999: more nanoseconds than 64 bits take.
  says(R"({"title":"x","about":["cluster"],"starts_ms":253402300799999})", "up to 2261");
  says(R"({"title":"x","about":["cluster"],"ends":1})", "ends");
}

TEST(ToldComment, is_a_text) {
  EXPECT_EQ(*parse_comment(R"({"text":"done"})"), "done");
  EXPECT_FALSE(parse_comment(R"({"text":""})"));
  EXPECT_FALSE(parse_comment("text"));
}

}  // namespace
}  // namespace seine::dive
