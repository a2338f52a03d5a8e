// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

TEST(Printable, WhatCouldDriveATerminalIsEscaped) {
  EXPECT_EQ(printable("/a\x1b[2Jb"), "/a\\x1b[2Jb");
  EXPECT_EQ(printable("a\nb\tc\x7f"), "a\\x0ab\\x09c\\x7f");
  EXPECT_EQ(printable("\xc2\x9b[2J"), "\\xc2\\x9b[2J");
}

TEST(Printable, what_turns_its_neighbours_or_hides_is_escaped) {
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a\\xe2\\x80\\xaeb");                                    // U+202E
  EXPECT_EQ(printable("\xe2\x81\xa6"), "\\xe2\\x81\\xa6");           // U+2066
  EXPECT_EQ(printable("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");           // U+2028
  EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81");  // U+E0041
  EXPECT_EQ(printable("שלום"), "שלום") << "people's letters turn nobody's";
}

TEST(Printable, lines_stay_where_there_may_be_several) {
  EXPECT_EQ(printable_lines("a\n\tb\x1b"), "a\n\tb\\x1b");
}

TEST(Printable, of_json_says_the_same) {
  EXPECT_EQ(printable_json("{\"a\":\"\xe2\x80\xae\xc2\x9b\xf3\xa0\x81\x81 é\"}"),
            "{\"a\":\"\\u202e\\u009b\\udb40\\udc41 é\"}");
}

TEST(Printable, PeoplesLettersStay) {
  EXPECT_EQ(printable("Zürich 東京 ✓"), "Zürich 東京 ✓");
}

TEST(Printable, BytesThatAreNoTextAreEscapedOneByOne) {
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("a\xe2\x82"), "a\\xe2\\x82");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");
}

TEST(Terminal, PaintsOnlyWhereThereAreColours) {
  const Terminal plain;
  EXPECT_EQ(plain.paint(Colour::kRed, "no"), "no");
  const Terminal colourful{.is_tty = true, .has_colours = true};
  EXPECT_EQ(colourful.paint(Colour::kRed, "no"), "\x1b[31mno\x1b[0m");
  EXPECT_EQ(colourful.paint(Colour::kNone, "no"), "no");
}

}  // namespace
}  // namespace seine::cli
