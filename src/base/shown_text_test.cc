// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"

#include <gtest/gtest.h>

#include <string>

namespace seine {
namespace {

constexpr TextForm kTitle{.max_bytes = 64};
constexpr TextForm kPage{.max_bytes = 64, .has_lines = true, .may_be_empty = true};

std::string refusal(std::string_view text, const TextForm& form = kTitle) {
  const auto checked = check_shown_text("the title", text, form);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  return checked.error().message;
}

TEST(ShownText, may_be_of_any_script_and_direction) {
  EXPECT_EQ(refusal("Deploy payments from staging to QA"), "");
  EXPECT_EQ(refusal("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d payments"), "");
  EXPECT_EQ(refusal("\xe6\x94\xaf\xe6\x89\x95 \xf0\x9f\x90\x9f"), "");
  EXPECT_EQ(refusal("<script>alert(1)</script>"), "");
}

TEST(ShownText, has_lines_only_where_its_form_says) {
  EXPECT_EQ(refusal("a\n\tb", kPage), "");
  EXPECT_EQ(refusal("a\nb"), "the title has U+000A at byte 2: it has one line; leave it out");
}

TEST(ShownText, hides_and_turns_nothing) {
  EXPECT_EQ(refusal("pay\xe2\x80\xae.txt"),
            "the title has U+202E at byte 4: it turns what stands around it; leave it out");
  EXPECT_EQ(refusal("\x1b[2Jgone"),
            "the title has U+001B at byte 1: it is a control character; leave it out");
  for (const char* bad :
       {"a\x7f", "a\xc2\x85", "a\xe2\x80\xa8", "a\xe2\x81\xa6", "a\xe2\x81\xa9", "a\xef\xbb\xbf",
        "a\xf3\xa0\x81\x81", "a\xef\xbf\xbe", "a\xef\xb7\x90", "a\r\nb"}) {
    EXPECT_TRUE(refusal(bad, kPage).starts_with("the title has U+")) << bad;
  }
}

TEST(ShownText, is_utf8) {
  EXPECT_EQ(refusal("a\xff"), "the title is not UTF-8 at byte 2");
  EXPECT_EQ(refusal("\xe2\x82"), "the title is not UTF-8 at byte 1");
}

TEST(ShownText, is_neither_too_long_nor_empty) {
  EXPECT_EQ(refusal(std::string(64, 'a')), "");
  EXPECT_EQ(refusal(std::string(65, 'a')), "the title has 65 bytes and may have 64");
  EXPECT_EQ(refusal(""), "the title is empty");
  EXPECT_EQ(refusal("  "), "the title is empty");
  EXPECT_EQ(refusal("", kPage), "");
  EXPECT_EQ(refusal(" \n ", kPage), "the title is empty");
}

TEST(ShownText, is_repeated_by_an_error_as_far_as_it_says_something) {
  EXPECT_EQ(brief("payments"), "payments");
  EXPECT_EQ(brief(std::string(64, 'a')), std::string(64, 'a'));
  EXPECT_EQ(brief(std::string(65, 'a')), std::string(64, 'a') + "...");
  EXPECT_EQ(brief(std::string(63, 'a') + "é"), std::string(63, 'a') + "...");
}

}  // namespace
}  // namespace seine
