// SPDX-License-Identifier: Apache-2.0
#include "dive/zones/zone_file.h"

#include <gtest/gtest.h>

#include "dive/zones/testing/zone_octets.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using namespace std::chrono_literals;

WallTime at(std::int64_t time) {
  return WallTime(seconds(time));
}

std::string refusal(const std::string& octets) {
  const auto parsed = ZoneFile::parse(octets);
  return parsed ? "taken" : parsed.error().message;
}

TEST(ZoneFile, tells_the_offset_of_each_moment) {
  const ZoneOctets octets{
      .offsets = {3600, 7200}, .changes = {{1000, 1}, {2000, 0}, {3000, 1}}, .rule = ""};
  const ZoneFile zone = ZoneFile::parse(octets.to_string()).value();
  EXPECT_EQ(zone.offset_at(at(-5000)), hours(1));
  EXPECT_EQ(zone.offset_at(at(999)), hours(1));
  EXPECT_EQ(zone.offset_at(at(1000)), hours(2));
  EXPECT_EQ(zone.offset_at(at(2000)), hours(1));
  EXPECT_EQ(zone.offset_at(at(2999)), hours(1));
  EXPECT_EQ(zone.offset_at(at(1'000'000)), hours(2));
}

// As files are made today: nothing is written out that the rule tells.
TEST(ZoneFile, goes_on_by_its_rule_after_its_last_change) {
  const ZoneOctets octets{
      .offsets = {0, 3600}, .changes = {{1000, 1}}, .rule = "CET-1CEST,M3.5.0,M10.5.0/3"};
  const ZoneFile zone = ZoneFile::parse(octets.to_string()).value();
  EXPECT_EQ(zone.offset_at(at(0)), hours(0));
  EXPECT_EQ(zone.offset_at(WallTime(sys_days(2040y / 7 / 1))), hours(2));
  EXPECT_EQ(zone.offset_at(WallTime(sys_days(2040y / 12 / 1))), hours(1));
}

TEST(ZoneFile, may_begin_before_anything) {
  const ZoneOctets octets{
      .offsets = {60, 120}, .changes = {{-(std::int64_t{1} << 59), 1}}, .rule = "UTC0"};
  const ZoneFile zone = ZoneFile::parse(octets.to_string()).value();
  EXPECT_EQ(zone.offset_at(at(0)), hours(0));
}

TEST(ZoneFile, that_is_damaged_is_refused) {
  const ZoneOctets good{.offsets = {0, 3600}, .changes = {{1000, 1}, {2000, 0}}, .rule = "UTC0"};
  const std::string octets = good.to_string();
  EXPECT_EQ(refusal(octets), "taken");
  for (std::size_t size = 0; size < octets.size(); ++size) {
    EXPECT_NE(refusal(octets.substr(0, size)), "taken") << size;
  }
  ZoneOctets bad = good;
  bad.version = '\0';
  EXPECT_NE(refusal(bad.to_string()).find("version 1"), std::string::npos);
  bad = good;
  bad.changes[1].type = 2;
  EXPECT_NE(refusal(bad.to_string()).find("does not have"), std::string::npos);
  bad = good;
  bad.changes[1].at = 999;
  EXPECT_NE(refusal(bad.to_string()).find("in order"), std::string::npos);
  bad = good;
  bad.offsets[1] = 90'000;
  EXPECT_NE(refusal(bad.to_string()).find("beyond a day"), std::string::npos);
  bad = good;
  bad.rule = "whenever";
  EXPECT_NE(refusal(bad.to_string()).find("no rule"), std::string::npos);
  bad = good;
  bad.offsets.clear();
  bad.changes.clear();
  EXPECT_NE(refusal(bad.to_string()).find("no offsets"), std::string::npos);
  EXPECT_NE(refusal(std::string(kMaxZoneFile + 1, '\0')).find("too large"), std::string::npos);
}

}  // namespace
}  // namespace seine::dive
