// SPDX-License-Identifier: Apache-2.0
#include "dive/zones/zone_rule.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using namespace std::chrono_literals;

// The rule's clock goes from `before` to `after` at that moment and not a second earlier.
void expect_change(std::string_view rule, WallTime when, Duration before, Duration after) {
  const auto parsed = ZoneRule::parse(rule);
  ASSERT_TRUE(parsed) << rule;
  EXPECT_EQ(parsed->offset_at(when - seconds(1)), before) << rule;
  EXPECT_EQ(parsed->offset_at(when), after) << rule;
}

WallTime utc(std::chrono::year_month_day day, Duration time) {
  return WallTime(sys_days(day)) + time;
}

TEST(ZoneRule, without_summer_is_one_offset) {
  EXPECT_EQ(ZoneRule::parse("<+0545>-5:45")->offset_at(WallTime{}), hours(5) + minutes(45));
  EXPECT_EQ(ZoneRule::parse("EST5")->offset_at(WallTime{}), -hours(5));
}

TEST(ZoneRule, of_the_north_has_summer_within_a_year) {
  constexpr std::string_view kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
  expect_change(kBerlin, utc(2026y / 3 / 29, hours(1)), hours(1), hours(2));
  expect_change(kBerlin, utc(2026y / 10 / 25, hours(1)), hours(2), hours(1));
  constexpr std::string_view kNewYork = "EST5EDT,M3.2.0,M11.1.0";
  expect_change(kNewYork, utc(2026y / 3 / 8, hours(7)), -hours(5), -hours(4));
  expect_change(kNewYork, utc(2026y / 11 / 1, hours(6)), -hours(4), -hours(5));
}

TEST(ZoneRule, of_the_south_has_summer_over_the_turn_of_the_year) {
  constexpr std::string_view kLordHowe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
  expect_change(kLordHowe, utc(2026y / 4 / 4, hours(15)), hours(11), hours(10) + minutes(30));
  expect_change(kLordHowe, utc(2026y / 10 / 3, hours(15) + minutes(30)), hours(10) + minutes(30),
                hours(11));
}

TEST(ZoneRule, may_change_at_hours_that_no_day_has) {
  // Nuuk: Saturday 22:00, an hour before Sunday.
  constexpr std::string_view kNuuk = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";
  expect_change(kNuuk, utc(2026y / 3 / 29, hours(1)), -hours(2), -hours(1));
  // Jerusalem: Thursday 26:00, which is Friday 2:00.
  constexpr std::string_view kJerusalem = "IST-2IDT,M3.4.4/26,M10.5.0";
  expect_change(kJerusalem, utc(2026y / 3 / 27, hours(0)), hours(2), hours(3));
}

TEST(ZoneRule, may_count_days_with_and_without_29_february) {
  expect_change("AAA0BBB,J60/0,J300/0", utc(2028y / 3 / 1, hours(0)), hours(0), hours(1));
  expect_change("AAA0BBB,J60/0,J300/0", utc(2027y / 3 / 1, hours(0)), hours(0), hours(1));
  expect_change("AAA0BBB,59/0,300/0", utc(2028y / 2 / 29, hours(0)), hours(0), hours(1));
  expect_change("AAA0BBB,59/0,300/0", utc(2027y / 3 / 1, hours(0)), hours(0), hours(1));
}

TEST(ZoneRule, that_is_none_is_refused) {
  for (const char* bad :
       {"", "UTC", "C0", "0", "CET-1CEST", "CET-25", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M1.1.0",
        "CET-1CEST,M3.6.0,M1.1.0", "CET-1CEST,M3.5.7,M1.1.0", "CET-1CEST,J0,J1", "CET-1CEST,366,1",
        "CET-1CEST,M3.5.0,M10.5.0/168", "CET-1CEST,M3.5.0,M10.5.0 ", "<+01-1", "CET-1:60",
        ":Europe/Berlin"}) {
    EXPECT_FALSE(ZoneRule::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace seine::dive
