// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

Table stat_table() {
  return Table({{"NAME"}, {"MESHED"}, {"SUCCESS", Align::kRight}, {"RPS", Align::kRight}});
}

TEST(Table, NamesStandLeftAndNumbersRight) {
  Table table = stat_table();
  table.add({{"payments"}, {"3/3"}, {"99.98%"}, {"120.0rps"}});
  table.add({{"web"}, {"1/1"}, {"-"}, {"0.0rps"}});
  EXPECT_EQ(table.render({}),
            "NAME      MESHED  SUCCESS       RPS\n"
            "payments  3/3      99.98%  120.0rps\n"
            "web       1/1           -    0.0rps\n");
}

TEST(Table, NothingFollowsTheLastColumn) {
  Table table({{"A"}, {"B"}});
  table.add({{"1"}, {"longer"}});
  table.add({{"2"}, {"x"}});
  EXPECT_EQ(table.render({}), "A  B\n1  longer\n2  x\n");
}

TEST(Table, LongNamesAreCutToFitATerminal) {
  Table table = stat_table();
  table.add({{std::string(100, 'n')}, {"3/3"}, {"99.98%"}, {"120.0rps"}});
  const Terminal terminal{.is_tty = true, .columns = 80};
  const std::string text = table.render(terminal);
  const std::string row = text.substr(text.find('\n') + 1);
  EXPECT_EQ(display_width(row.substr(0, row.size() - 1)), 80U);
  EXPECT_NE(row.find("n… 3/3"), std::string::npos) << row;
}

TEST(Table, APipeGetsAllOfIt) {
  Table table({{"NAME"}, {"LATENCY_P50", Align::kRight, "P50"}});
  table.add({{std::string(100, 'n')}, {"3ms"}});
  const std::string text = table.render({});
  EXPECT_NE(text.find(std::string(100, 'n')), std::string::npos);
  EXPECT_NE(text.find("LATENCY_P50"), std::string::npos);
}

TEST(Table, APipeGetsShorterTitlesWhereTheyKeepItWithin80Columns) {
  Table table({{"NAME"}, {"LATENCY_P50", Align::kRight, "P50"}});
  table.add({{std::string(70, 'n')}, {"3ms"}});
  EXPECT_EQ(table.render({}),
            "NAME" + std::string(66, ' ') + "  P50\n" + std::string(70, 'n') + "  3ms\n");
}

TEST(Table, NamesStayLongEnoughToBeToldApart) {
  Table table = stat_table();
  table.add({{std::string(100, 'n')}, {"3/3"}, {"99.98%"}, {"120.0rps"}});
  const Terminal narrow{.is_tty = true, .columns = 40};
  EXPECT_NE(table.render(narrow).find(std::string(15, 'n') + "…"), std::string::npos);
}

TEST(Table, WideLettersTakeTwoColumns) {
  EXPECT_EQ(display_width("東京"), 4U);
  EXPECT_EQ(display_width("Zürich"), 6U);
  Table table({{"NAME"}, {"X"}});
  table.add({{"東京"}, {"1"}});
  table.add({{"abcd"}, {"2"}});
  EXPECT_EQ(table.render({}), "NAME  X\n東京  1\nabcd  2\n");
}

TEST(Table, ANameCannotDriveTheTerminal) {
  Table table({{"NAME"}});
  table.add({{"a\x1b[2J"}});
  EXPECT_EQ(table.render({}), "NAME\na\\x1b[2J\n");
}

TEST(Table, ColoursDoNotCountAsWidth) {
  Table table({{"A"}, {"B"}});
  table.add({{"x", Colour::kGreen}, {"y"}});
  const Terminal terminal{.is_tty = true, .has_colours = true, .columns = 80};
  EXPECT_NE(table.render(terminal).find("\x1b[32mx\x1b[0m  y\n"), std::string::npos);
}

TEST(Table, ANarrowTerminalGetsOneSpaceThenShorterTitlesBeforeNamesAreCut) {
  Table table({{"NAME"}, {"LATENCY_P50", Align::kRight, "P50"}, {"SUCCESS", Align::kRight}});
  table.add({{"payments"}, {"3ms"}, {"99.98%"}});
  EXPECT_EQ(table.render({.is_tty = true, .columns = 28}),
            "NAME     LATENCY_P50 SUCCESS\n"
            "payments         3ms  99.98%\n");
  EXPECT_EQ(table.render({.is_tty = true, .columns = 24}),
            "NAME      P50  SUCCESS\n"
            "payments  3ms   99.98%\n");
  EXPECT_EQ(table.render({.is_tty = true, .columns = 20}),
            "NAME     P50 SUCCESS\n"
            "payments 3ms  99.98%\n");
}

}  // namespace
}  // namespace seine::cli
