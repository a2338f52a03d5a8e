// SPDX-License-Identifier: Apache-2.0
#include "model/regex.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

TEST(Regex, matches_the_whole_text_only) {
  const Regex regex = Regex::compile("/a(/[0-9]+)?").value();
  EXPECT_TRUE(regex.matches("/a"));
  EXPECT_TRUE(regex.matches("/a/17"));
  EXPECT_FALSE(regex.matches("/a/17/b"));
  EXPECT_FALSE(regex.matches("x/a"));
}

TEST(Regex, says_why_a_pattern_is_refused) {
  const auto bad = Regex::compile("a(");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(bad.error().message.find("missing )"), std::string::npos) << bad.error().message;
  EXPECT_FALSE(Regex::compile(std::string(kMaxRegexPattern + 1, 'a')).has_value());
  EXPECT_FALSE(Regex::compile("((a{1000}){1000}){1000}").has_value());
}

TEST(Regex, copies_are_equal_by_pattern) {
  const Regex regex = Regex::compile("a.*").value();
  const Regex copy = regex;
  EXPECT_EQ(copy, Regex::compile("a.*").value());
  EXPECT_NE(copy, Regex::compile("b.*").value());
}

}  // namespace
}  // namespace seine::model
