// SPDX-License-Identifier: Apache-2.0
#include "json/value.h"

#include <gtest/gtest.h>

#include <string>

namespace seine::json {
namespace {

std::string error_of(std::string_view text, const Limits& limits = {}) {
  const auto value = parse(text, limits);
  EXPECT_FALSE(value) << text;
  return value ? "" : value.error().message;
}

TEST(JsonParse, reads_every_kind_of_value) {
  const auto value = parse(R"({"a": [1, -2.5, "x\u00e9\n", true, null], "b": {}})");
  ASSERT_TRUE(value) << value.error().message;
  const Array& a = *value->find("a")->array();
  EXPECT_EQ(*a[0].integer(), 1);
  EXPECT_EQ(*a[1].number(), -2.5);
  EXPECT_EQ(*a[2].string(), "x\xc3\xa9\n");
  EXPECT_EQ(*a[3].boolean(), true);
  EXPECT_TRUE(a[4].is_null());
  EXPECT_TRUE(value->find("b")->object()->empty());
  EXPECT_EQ(value->find("c"), nullptr);
}

TEST(JsonParse, reads_a_bare_value_at_the_top) {
  EXPECT_EQ(*parse(" 42 ")->integer(), 42);
  EXPECT_EQ(*parse("\"x\"")->string(), "x");
  EXPECT_TRUE(parse("null")->is_null());
}

TEST(JsonParse, says_where_a_mistake_is) {
  EXPECT_TRUE(error_of("{\n  \"a\": 1,\n  \"b\": truth\n}").starts_with("line 3, column "))
      << error_of("{\n  \"a\": 1,\n  \"b\": truth\n}");
}

TEST(JsonParse, refuses_what_is_not_json) {
  for (const char* text : {"", " ", "{", "[1,", "{\"a\" 1}", "[1 2]", "nul", "01", "1 2", "{}{}",
                           "\"a", "'a'", "[1,]", "{\"a\":1,}", "\"\\x\"", "nan"}) {
    EXPECT_FALSE(error_of(text).empty()) << text;
  }
}

TEST(JsonParse, refuses_bytes_that_are_not_utf8) {
  EXPECT_NE(error_of("\"\xff\"").find("UTF-8"), std::string::npos);
}

TEST(JsonParse, refuses_a_repeated_member) {
  EXPECT_NE(error_of(R"({"a": 1, "b": 2, "a": 3})").find("\"a\" stands twice"), std::string::npos);
}

TEST(JsonParse, refuses_integers_beyond_64_bits) {
  EXPECT_EQ(*parse("9223372036854775807")->integer(), INT64_MAX);
  EXPECT_FALSE(error_of("9223372036854775808").empty());
}

TEST(JsonParse, reads_doubles_of_more_digits_than_an_integer_holds) {
  EXPECT_EQ(*parse("[-4444444444444440320.0]")->array()->at(0).number(), -4444444444444440320.0);
  EXPECT_EQ(*parse("-4444444444444440.5e3")->number(), -4444444444444440500.0);
  EXPECT_FALSE(error_of("1e999").empty());
}

TEST(JsonParse, keeps_to_its_limits) {
  EXPECT_TRUE(parse("[[1]]", {.max_depth = 2}));
  EXPECT_NE(error_of("[[[1]]]", {.max_depth = 2}).find("more than 2 deep"), std::string::npos);
  EXPECT_NE(error_of("[1, 2]", {.max_bytes = 3}).find("over 3 bytes"), std::string::npos);
}

}  // namespace
}  // namespace seine::json
