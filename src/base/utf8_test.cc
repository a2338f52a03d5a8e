// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace seine {
namespace {

char32_t code_of(std::string_view text) {
  const auto front = utf8_front(text);
  return front ? front->code : 0xffff'ffff;
}

TEST(Utf8, is_read_to_the_last_value_of_each_length) {
  EXPECT_EQ(code_of(std::string_view("\0", 1)), 0U);
  EXPECT_EQ(code_of("\x7f"), 0x7fU);
  EXPECT_EQ(code_of("\xc2\x80"), 0x80U);
  EXPECT_EQ(code_of("\xdf\xbf"), 0x7ffU);
  EXPECT_EQ(code_of("\xe0\xa0\x80"), 0x800U);
  EXPECT_EQ(code_of("\xed\x9f\xbf"), 0xd7ffU);
  EXPECT_EQ(code_of("\xef\xbf\xbf"), 0xffffU);
  EXPECT_EQ(code_of("\xf0\x90\x80\x80"), 0x10000U);
  EXPECT_EQ(code_of("\xf4\x8f\xbf\xbf"), 0x10ffffU);
  EXPECT_EQ(utf8_front("\xf0\x9f\x90\x9f and more")->length, 4U);
}

TEST(Utf8, has_no_overlong_forms_surrogates_or_halves) {
  for (const char* bad : {"", "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                          "\xc2", "\xe2\x82", "\xf0\x9f\x90", "\xc2z", "\xe2\x82z"}) {
    EXPECT_FALSE(utf8_front(bad)) << bad;
  }
}

TEST(Utf8, bytes_of_no_character_are_replaced_one_by_one) {
  EXPECT_EQ(replace_invalid_utf8("a\xc3\xa4\xf0\x9f\x90\x9f"), "a\xc3\xa4\xf0\x9f\x90\x9f");
  EXPECT_EQ(replace_invalid_utf8("\xff/\xc3"), "\xef\xbf\xbd/\xef\xbf\xbd");
  EXPECT_EQ(replace_invalid_utf8(""), "");
}

}  // namespace
}  // namespace seine
