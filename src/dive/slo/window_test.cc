// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/window.h"

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using namespace std::chrono_literals;

// As Berlin in the first half of 2026: the clock goes forward on 29 March at 01:00 UTC.
class Berlin final : public TimeZone {
 public:
  Duration offset_at(WallTime time) const override {
    return time < WallTime(sys_days(2026y / 3 / 29)) + hours(1) ? hours(1) : hours(2);
  }
};

TEST(Window, is_written_as_it_was_read) {
  for (const char* text : {"1h", "90m", "7d", "90d", "month", "month Europe/Berlin"}) {
    EXPECT_EQ(format_window(parse_window(text).value()), text);
  }
  EXPECT_EQ(format_window(parse_window("24h").value()), "1d");
  EXPECT_EQ(parse_window("month").value(), Window(CalendarMonth{"UTC"}));
}

TEST(Window, beyond_its_limits_is_refused_with_what_to_write) {
  for (const char* bad : {"", "59m", "91d", "0", "7", "7w", "months", "month ", "month ../etc",
                          "month Europe/Berlin\n", "3600001ms", "3601s"}) {
    const auto parsed = parse_window(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_NE(parsed.error().message.find("write"), std::string::npos) << bad;
  }
}

TEST(Window, that_rolls_ends_now) {
  EXPECT_EQ(span_at(RollingWindow{days(7)}, kNow, UtcZone()), (Span{kNow - days(7), kNow}));
}

TEST(Window, of_a_month_begins_at_its_zones_midnight) {
  const WallTime now = WallTime(sys_days(2026y / 1 / 10)) + hours(5);
  EXPECT_EQ(span_at(CalendarMonth{}, now, UtcZone()).from, WallTime(sys_days(2026y / 1 / 1)));
  EXPECT_EQ(month_end(now, UtcZone()), WallTime(sys_days(2026y / 2 / 1)));
  EXPECT_EQ(span_at(CalendarMonth{}, now, Berlin()).from,
            WallTime(sys_days(2025y / 12 / 31)) + hours(23));
}

TEST(Window, of_a_month_knows_which_month_it_is_there) {
  const WallTime last_hour = WallTime(sys_days(2026y / 1 / 31)) + hours(23);
  EXPECT_EQ(span_at(CalendarMonth{}, last_hour, UtcZone()).from, WallTime(sys_days(2026y / 1 / 1)));
  EXPECT_EQ(span_at(CalendarMonth{}, last_hour, Berlin()), (Span{last_hour, last_hour}));
}

TEST(Window, of_a_month_bears_a_clock_that_is_changed_within_it) {
  const WallTime now = WallTime(sys_days(2026y / 3 / 30));
  EXPECT_EQ(span_at(CalendarMonth{}, now, Berlin()).from,
            WallTime(sys_days(2026y / 2 / 28)) + hours(23));
  EXPECT_EQ(month_end(now, Berlin()), WallTime(sys_days(2026y / 3 / 31)) + hours(22));
  const WallTime before = WallTime(sys_days(2026y / 3 / 2));
  EXPECT_EQ(month_end(before, Berlin()), WallTime(sys_days(2026y / 3 / 31)) + hours(22));
}

// A zone whose clock is changed once.
class ChangedOnce final : public TimeZone {
 public:
  ChangedOnce(WallTime when, Duration before, Duration after)
      : when_(when), before_(before), after_(after) {}
  Duration offset_at(WallTime time) const override { return time < when_ ? before_ : after_; }

 private:
  WallTime when_;
  Duration before_;
  Duration after_;
};

void expect_month(const TimeZone& zone, std::chrono::year_month month, WallTime begin) {
  const WallTime day(sys_days(month / 15));
  EXPECT_EQ(span_at(CalendarMonth{}, day, zone).from, begin);
  EXPECT_EQ(month_end(day - days(30), zone), begin);
}

// Cairo, 2024: at midnight after 31 October it was 23:00 again.
TEST(Window, of_a_month_begins_when_the_old_one_is_really_over) {
  const WallTime midnight = WallTime(sys_days(2024y / 10 / 31)) + hours(21);
  const ChangedOnce cairo(midnight, hours(3), hours(2));
  expect_month(cairo, 2024y / 11, midnight + hours(1));
}

// Asuncion, 2023: after 30 September, 23:59, it was 1:00.
TEST(Window, of_a_month_may_begin_without_a_midnight) {
  const WallTime midnight = WallTime(sys_days(2023y / 10 / 1)) + hours(4);
  const ChangedOnce asuncion(midnight, -hours(4), -hours(3));
  expect_month(asuncion, 2023y / 10, midnight);
}

// Havana, 2020: on 1 November it was 0:00 twice.
TEST(Window, of_a_month_begins_at_the_first_of_two_midnights) {
  const WallTime midnight = WallTime(sys_days(2020y / 11 / 1)) + hours(4);
  const ChangedOnce havana(midnight + hours(1), -hours(4), -hours(5));
  expect_month(havana, 2020y / 11, midnight);
}

TEST(Window, has_a_recent_part) {
  EXPECT_EQ(recent_length(RollingWindow{days(7)}), hours(1));
  EXPECT_EQ(recent_length(RollingWindow{hours(6)}), minutes(30));
  EXPECT_EQ(recent_length(RollingWindow{hours(1)}), minutes(5));
  EXPECT_EQ(recent_length(CalendarMonth{}), hours(1));
}

}  // namespace
}  // namespace seine::dive
