// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/number_text.h"

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(NumberText, groups_thousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(551'570), "551,570");
  EXPECT_EQ(format_count(18'446'744'073'709'551'615U), "18,446,744,073,709,551,615");
  EXPECT_EQ(format_requests(1), "1 request");
  EXPECT_EQ(format_requests(10'000), "10,000 requests");
}

TEST(NumberText, never_rounds_a_good_share_up) {
  EXPECT_EQ(format_percent({999'955, 1'000'000}, 2, Cut::kDown), "99.99%");
  EXPECT_EQ(format_percent({999'999'999, 1'000'000'000}, 1, Cut::kDown), "99.9%");
  EXPECT_EQ(format_percent({1, 1}, 3, Cut::kDown), "100%");
  EXPECT_EQ(format_percent({1, 2}, 1, Cut::kDown), "50%");
  EXPECT_EQ(format_percent({1, 3}, 1, Cut::kDown), "33.3%");
  EXPECT_EQ(format_percent({0, 7}, 1, Cut::kDown), "0%");
}

TEST(NumberText, of_less_than_nothing_shows_no_less_than_there_is) {
  EXPECT_EQ(format_percent({-1, 1'000'000'000}, 1, Cut::kDown), "-0.1%");
  EXPECT_EQ(format_percent({-2'896'580, 1'000'000}, 1, Cut::kDown), "-289.7%");
}

TEST(NumberText, cuts_a_bad_share_up_so_that_spent_and_left_add_up) {
  EXPECT_EQ(format_percent({1, 3}, 1, Cut::kUp), "33.4%");
  EXPECT_EQ(format_percent({2, 3}, 1, Cut::kDown), "66.6%");
  EXPECT_EQ(format_percent({3'896'580, 1'000'000}, 1, Cut::kUp), "389.7%");
  EXPECT_EQ(format_factor({20, 1}), "20x");
  EXPECT_EQ(format_factor({1001, 1000}), "1.1x");
  EXPECT_EQ(format_factor({0, 1}), "0x");
}

TEST(NumberText, bears_the_largest_counts) {
  const Int128 large = Int128{1} << 93;
  EXPECT_EQ(format_percent({large, large}, kMaxDecimals, Cut::kDown), "100%");
}

TEST(NumberText, tells_time_in_the_unit_that_people_use) {
  EXPECT_EQ(format_time(seconds(59), Cut::kDown), "less than a minute");
  EXPECT_EQ(format_time(seconds(59), Cut::kUp), "1 minute");
  EXPECT_EQ(format_time(seconds(119), Cut::kDown), "1 minute");
  EXPECT_EQ(format_time(seconds(119), Cut::kUp), "2 minutes");
  EXPECT_EQ(format_time(minutes(119), Cut::kDown), "119 minutes");
  EXPECT_EQ(format_time(seconds(71'280), Cut::kDown), "19.8 hours");
  EXPECT_EQ(format_time(hours(48), Cut::kDown), "2 days");
  EXPECT_EQ(format_time(hours(85), Cut::kDown), "3.5 days");
  EXPECT_EQ(format_time(hours(85), Cut::kUp), "3.6 days");
}

TEST(NumberText, reads_decimal_numbers_exactly) {
  EXPECT_EQ(parse_fixed("99.95", 7), 999'500'000U);
  EXPECT_EQ(parse_fixed("0.9995", 9), 999'500'000U);
  EXPECT_EQ(parse_fixed("1.50", 1), 15U);
  EXPECT_EQ(parse_fixed("7", 0), 7U);
  for (const char* bad : {"", ".", "1.", ".1", "1.55", "1..5", "+1", "-1", "1e3", "1234567890"}) {
    EXPECT_FALSE(parse_fixed(bad, 1)) << bad;
  }
}

}  // namespace
}  // namespace seine::dive
