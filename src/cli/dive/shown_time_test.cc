// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/shown_time.h"

#include <gtest/gtest.h>

#include "cli/testing/zone.h"

namespace seine::cli {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = ManualClock().wall_now();  // 2026-01-01T00:00:00Z

TEST(ShownTime, relative_is_in_two_units_and_knows_what_is_to_come) {
  EXPECT_EQ(relative_time(kNow, kNow), "now");
  EXPECT_EQ(relative_time(kNow - 3min, kNow), "3m ago");
  EXPECT_EQ(relative_time(kNow - 26h, kNow), "1d2h ago");
  EXPECT_EQ(relative_time(kNow + 30min, kNow), "in 30m");
}

TEST(ShownTime, relative_of_what_is_to_come_is_not_cut_off) {
  EXPECT_EQ(relative_time(kNow + 30min - 1ms, kNow), "in 30m");
  EXPECT_EQ(relative_time(kNow + 30min - 59s, kNow), "in 30m");
  EXPECT_EQ(relative_time(kNow + 90s - 1ms, kNow), "in 1m30s");
  EXPECT_EQ(relative_time(kNow + 26h - 1s, kNow), "in 1d2h");
  EXPECT_EQ(relative_time(kNow + 24h - 1s, kNow), "in 1d");
  EXPECT_EQ(relative_time(kNow + 1h - 1s, kNow), "in 1h");
}

TEST(ShownTime, local_is_of_the_zone_of_the_process) {
  {
    const testing::Zone utc("UTC0");
    EXPECT_EQ(local_time(kNow), "2026-01-01T00:00:00Z");
  }
  {
    const testing::Zone india("IST-5:30");
    EXPECT_EQ(local_time(kNow), "2026-01-01T05:30:00+05:30");
  }
  const testing::Zone newfoundland("NST3:30");
  EXPECT_EQ(local_time(kNow), "2025-12-31T20:30:00-03:30");
}

TEST(ShownTime, is_parsed_as_rfc_3339) {
  EXPECT_EQ(parse_time("2026-01-01T00:00:00Z", {}), kNow);
  EXPECT_EQ(parse_time("2026-01-01T01:00:00+01:00", {}), kNow);
  EXPECT_EQ(parse_time("2025-12-31 20:30:00.5-03:30", {}), kNow + 500ms);
  EXPECT_EQ(parse_time("2024-02-29T00:00:00.123456789z", {}).value().time_since_epoch() % 1s,
            123456789ns);
}

TEST(ShownTime, is_parsed_from_now_on) {
  EXPECT_EQ(parse_time("+30m", kNow), kNow + 30min);
  EXPECT_EQ(parse_time("+0", kNow), kNow);
}

TEST(ShownTime, that_is_none_is_refused_with_what_to_write) {
  for (const char* text : {"",
                           "tomorrow",
                           "30m",
                           "+",
                           "+30",
                           "-30m",
                           "+400d",
                           "2026-01-01",
                           "2026-01-01T00:00:00",
                           "2026-02-30T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:00:60Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00.1234567890Z",
                           "2026-01-01T00:00:00+25:00",
                           "2026-01-01T00:00:00+01:0",
                           "2026-01-01T00:00:00Zx",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "2262-01-01T00:00:00Z",
                           "+2026-01-01T00:00:00Z",
                           "2026-1-01T00:00:00Z"}) {
    const auto parsed = parse_time(text, kNow);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidConfig);
    EXPECT_NE(parsed.error().message.find("+30m from now"), std::string::npos);
  }
}

}  // namespace
}  // namespace seine::cli
