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
