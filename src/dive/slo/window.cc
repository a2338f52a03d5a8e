// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/window.h"

#include <algorithm>

#include "fmt/format.h"

namespace seine::dive {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr std::string_view kMonth = "month";

year_month local_month(WallTime now, const TimeZone& zone) {
  const year_month_day local(floor<days>(now + zone.offset_at(now)));
  return local.year() / local.month();
}

// When a clock there first shows the month and stays in it. A clock may be changed at that very
// midnight: forward, so that it never shows 0:00, or back, so that the old month goes on.
WallTime begin_of(year_month month, const TimeZone& zone) {
  const WallTime shown = sys_days(month / std::chrono::day(1));
  const Duration before = zone.offset_at(shown - days(1));
  const Duration after = zone.offset_at(shown + days(1));
  const WallTime late = shown - after;
  const bool is_changed_before = zone.offset_at(shown - before) != before;
  return is_changed_before && zone.offset_at(late) == after ? late : shown - before;
}

bool is_zone_name(std::string_view zone) {
  if (zone.empty() || zone.size() > kMaxZoneName) return false;
  const char first = zone.front();
  if (!((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z'))) return false;
  return std::ranges::all_of(zone, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

Result<Window> rolling_window(Duration length) {
  if (length < kShortestWindow || length > kLongestWindow) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a window of {} cannot be kept: write one from {} to {}, such as 7d",
                            format_duration(length), format_duration(kShortestWindow),
                            format_duration(kLongestWindow)));
  }
  if (length % minutes(1) != Duration::zero()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a window of {} is not in whole minutes, as counts are kept: write "
                            "one such as 7d",
                            format_duration(length)));
  }
  return RollingWindow{length};
}

Result<Window> calendar_month(std::string_view zone) {
  if (!is_zone_name(zone)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not the name of a time zone: write one such as UTC or "
                            "Europe/Berlin",
                            zone.substr(0, kMaxZoneName)));
  }
  return CalendarMonth{std::string(zone)};
}

Result<Window> parse_window(std::string_view text) {
  if (text == kMonth) return CalendarMonth{};
  if (text.starts_with(kMonth) && text.substr(kMonth.size()).starts_with(' ')) {
    return calendar_month(text.substr(kMonth.size() + 1));
  }
  const auto length = parse_duration(text);
  if (!length) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a window: write a time such as 7d or 12h, or month",
                            text.substr(0, 64)));
  }
  return rolling_window(*length);
}

std::string format_window(const Window& window) {
  if (const auto* rolling = std::get_if<RollingWindow>(&window)) {
    return format_duration(rolling->length);
  }
  const std::string& zone = std::get<CalendarMonth>(window).zone;
  return zone == "UTC" ? std::string(kMonth) : fmt::format("{} {}", kMonth, zone);
}

Span span_at(const Window& window, WallTime now, const TimeZone& zone) {
  if (const auto* rolling = std::get_if<RollingWindow>(&window)) {
    return {now - rolling->length, now};
  }
  return {begin_of(local_month(now, zone), zone), now};
}

WallTime month_end(WallTime now, const TimeZone& zone) {
  return begin_of(local_month(now, zone) + months(1), zone);
}

Duration recent_length(const Window& window) {
  const auto* rolling = std::get_if<RollingWindow>(&window);
  if (rolling == nullptr) return hours(1);
  return std::clamp<Duration>(rolling->length / 12, minutes(5), hours(1));
}

}  // namespace seine::dive
