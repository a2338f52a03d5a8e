// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/wrapped_text.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

TEST(WrappedText, is_broken_between_words) {
  EXPECT_EQ(wrapped("one two three", 7), "one two\nthree\n");
  EXPECT_EQ(wrapped("one two three", 80), "one two three\n");
  EXPECT_EQ(wrapped("one two three", 9, "  "), "  one two\n  three\n");
  EXPECT_EQ(wrapped("", 80), "");
}

TEST(WrappedText, keeps_lines_and_loses_no_word_that_is_too_long) {
  EXPECT_EQ(wrapped("a  b\n\nc\n\n", 80, "  "), "  a b\n\n  c\n");
  EXPECT_EQ(wrapped("a abcdefghij b", 5), "a\nabcdefghij\nb\n");
}

TEST(WrappedText, counts_columns_and_not_bytes) {
  EXPECT_EQ(wrapped("Zürich Zürich", 13), "Zürich Zürich\n");
  EXPECT_EQ(wrapped("東京 東京", 8), "東京\n東京\n");
}

TEST(WrappedText, drives_no_terminal) {
  EXPECT_EQ(wrapped("\x1b[2J \xe2\x80\xae"
                    "abc",
                    80),
            "\\x1b[2J \\xe2\\x80\\xaeabc\n");
}

TEST(WrappedText, a_sentence_gets_its_full_stop) {
  EXPECT_EQ(sentence("all is well", 80), "all is well.\n");
  EXPECT_EQ(sentence("", 80), "");
}

TEST(WrappedText, is_no_wider_than_is_easy_to_read) {
  EXPECT_EQ(text_columns({.is_tty = true, .columns = 300}), 100U);
  EXPECT_EQ(text_columns({.is_tty = true, .columns = 60}), 60U);
  EXPECT_EQ(text_columns({}), 80U);
}

}  // namespace
}  // namespace seine::cli
