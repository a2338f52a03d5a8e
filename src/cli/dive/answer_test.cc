// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/answer.h"

#include <gtest/gtest.h>

#include "cli/testing/dive_documents.h"

namespace seine::cli {
namespace {

TEST(Answer, gives_what_is_there_and_nothing_for_the_rest) {
  const json::Value value = testing::document(
      R"({"text":"t","count":3,"flag":true,"list":[1],"object":{"a":1},"null":null})");
  EXPECT_EQ(text_at(value, "text"), "t");
  EXPECT_EQ(text_at(value, "count"), "");
  EXPECT_EQ(integer_at(value, "count"), 3);
  EXPECT_EQ(integer_at(value, "text"), std::nullopt);
  EXPECT_TRUE(flag_at(value, "flag"));
  EXPECT_FALSE(flag_at(value, "text"));
  EXPECT_EQ(list_at(value, "list").size(), 1U);
  EXPECT_TRUE(list_at(value, "object").empty());
  EXPECT_EQ(integer_at(object_at(value, "object"), "a"), 1);
  EXPECT_TRUE(object_at(value, "null").is_null());
  EXPECT_TRUE(object_at(json::Value(), "x").is_null());
}

TEST(Answer, has_milliseconds_with_what_is_behind_the_point) {
  const json::Value value = testing::document(
      R"({"whole":50,"as_double":50.0,"parts":42.574,"short":0.5,"none":null,"text":"1",)"
      R"("before":-1,"before_too":-0.5,"far":1e300})");
  EXPECT_EQ(milliseconds_at(value, "whole"), "50ms");
  EXPECT_EQ(milliseconds_at(value, "as_double"), "50ms");
  EXPECT_EQ(milliseconds_at(value, "parts"), "42.574ms");
  EXPECT_EQ(milliseconds_at(value, "short"), "0.5ms");
  for (const char* key : {"none", "text", "before", "before_too", "far", "nowhere"}) {
    EXPECT_EQ(milliseconds_at(value, key), "") << key;
  }
}

TEST(Answer, has_times_that_a_calendar_can_show) {
  const json::Value value = testing::document(
      R"({"good":1767225600000,"before":-1,"far":9223372036855,"further":9223372036854775807})");
  EXPECT_EQ(time_at(value, "good"), ManualClock().wall_now());
  EXPECT_EQ(time_at(value, "before"), std::nullopt);
  EXPECT_EQ(time_at(value, "far"), std::nullopt);
  EXPECT_EQ(time_at(value, "further"), std::nullopt);
  EXPECT_EQ(time_at(value, "nowhere"), std::nullopt);
}

TEST(Answer, without_what_a_verb_needs_is_of_another_version) {
  const json::Value value = testing::document(R"({"name":null})");
  EXPECT_TRUE(check_answer(value, {"name"}));
  const auto refused = check_answer(value, {"name", "text"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
  EXPECT_NE(refused.error().message.find("has no \"text\""), std::string::npos);
  EXPECT_FALSE(check_answer(json::Value(json::Array()), {"name"}));
}

TEST(Answer, counts_are_grouped_by_thousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-551570), "-551,570");
  EXPECT_EQ(grouped(-100), "-100");
  EXPECT_EQ(grouped(1234567890), "1,234,567,890");
}

}  // namespace
}  // namespace seine::cli
