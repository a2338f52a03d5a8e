// SPDX-License-Identifier: Apache-2.0
#include "web/target.h"

#include <gtest/gtest.h>

#include "web/text.h"

namespace seine::web {
namespace {

using Segments = std::vector<std::string>;

ErrorCode refusal_of(std::string_view text) {
  const auto target = parse_target(text);
  return target ? ErrorCode::kInternal : target.error().code;
}

TEST(Target, is_segments_and_parameters_decoded_once) {
  const auto target = parse_target("/api/b%20c/%E2%82%AC%252e?q=a+b%21%2B&empty=&alone&&p=1%3D2=3");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->segments, (Segments{"api", "b c", "€%2e"}));
  EXPECT_FALSE(target->ends_in_slash);
  EXPECT_EQ(target->query.get("q"), "a b!+");
  EXPECT_EQ(target->query.get("empty"), "");
  EXPECT_EQ(target->query.get("alone"), "");
  EXPECT_EQ(target->query.get("p"), "1=2=3");
  EXPECT_EQ(target->query.get("none"), std::nullopt);
  EXPECT_EQ(target->query.size(), 4u);
}

TEST(Target, knows_the_root_and_a_slash_at_the_end) {
  EXPECT_EQ(parse_target("/")->segments, Segments{});
  EXPECT_TRUE(parse_target("/")->ends_in_slash);
  EXPECT_EQ(parse_target("/")->path(), "/");
  EXPECT_TRUE(parse_target("/a/?x")->ends_in_slash);
  EXPECT_EQ(parse_target("/a/b")->path(), "/a/b");
}

TEST(Target, has_no_segment_that_leads_elsewhere_however_it_is_written) {
  for (const char* text :
       {"/..",    "/a/../b", "/%2e%2e/x", "/.%2E", "/.",   "/a//b",   "//", "/a%2fb",
        "/a%5Cb", "/a\\b",   "/%00",      "/a%0a", "/%7f", "/%c2%80", "",   "a",
        "*",      "?a",      "/%",        "/%4",   "/%zz", "/a%"}) {
    EXPECT_EQ(refusal_of(text), ErrorCode::kInvalidArgument) << text;
  }
}

TEST(Target, is_text_in_utf8_and_nothing_that_only_looks_like_it) {
  for (const char* text : {"/%ff", "/%c0%af", "/%e0%80%af", "/%ed%a0%80", "/%f4%90%80%80",
                           "/%e2%82", "/?a=%ff", "/?%c3=1", "/?a=%0d%0a"}) {
    EXPECT_EQ(refusal_of(text), ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_TRUE(is_plain_text("\xf4\x8f\xbf\xbf \xed\x9f\xbf \xc2\xa0"));
  EXPECT_FALSE(is_plain_text(std::string_view("a\0", 2)));
}

TEST(Target, refuses_a_parameter_that_is_given_twice) {
  EXPECT_EQ(refusal_of("/?a=1&a=1"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal_of("/?a=1&%61=2"), ErrorCode::kInvalidArgument);
}

TEST(Target, has_limits) {
  std::string deep, wide = "/?";
  for (std::size_t i = 0; i < kMaxSegments; ++i) deep += "/a";
  for (std::size_t i = 0; i < kMaxParameters; ++i) wide += "a" + std::to_string(i) + "=&";
  EXPECT_TRUE(parse_target(deep));
  EXPECT_EQ(refusal_of(deep + "/a"), ErrorCode::kLimit);
  EXPECT_TRUE(parse_target(wide));
  EXPECT_EQ(refusal_of(wide + "b="), ErrorCode::kLimit);
  EXPECT_TRUE(parse_target("/" + std::string(kMaxTarget - 1, 'x')));
  EXPECT_EQ(refusal_of("/" + std::string(kMaxTarget, 'x')), ErrorCode::kLimit);
}

}  // namespace
}  // namespace seine::web
