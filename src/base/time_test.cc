// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include "gtest/gtest.h"

namespace seine {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Duration, reads_each_unit) {
  EXPECT_EQ(parse_duration("300ms").value(), milliseconds(300));
  EXPECT_EQ(parse_duration("10s").value(), seconds(10));
  EXPECT_EQ(parse_duration("5m").value(), seconds(300));
  EXPECT_EQ(parse_duration("1h").value(), hours(1));
  EXPECT_EQ(parse_duration("1d").value(), hours(24));
  EXPECT_EQ(parse_duration("0").value(), Duration::zero());
}

TEST(Duration, refuses_what_linkerd_refuses) {
  for (const char* bad : {"", "10", "s", "-1s", "1.5s", "10 s", "10S", "1s ", "1w", "+1s",
                          "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  }
}

TEST(Duration, prints_the_shortest_exact_form) {
  EXPECT_EQ(format_duration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(format_duration(seconds(90)), "90s");
  EXPECT_EQ(format_duration(hours(48)), "2d");
  EXPECT_EQ(format_duration(Duration::zero()), "0");
}

TEST(WallTime, prints_rfc3339_with_milliseconds) {
  ManualClock clock;
  clock.advance(milliseconds(7));
  EXPECT_EQ(format_rfc3339(clock.wall_now()), "2026-01-01T00:00:00.007Z");
  EXPECT_EQ(format_rfc3339(WallTime(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace seine
