// SPDX-License-Identifier: Apache-2.0
// Over which time an objective is kept: the last so many hours or days, or the calendar month.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "base/time.h"

namespace seine::dive {

inline constexpr Duration kShortestWindow = std::chrono::hours(1);
inline constexpr Duration kLongestWindow = std::chrono::days(90);
inline constexpr std::size_t kMaxZoneName = 64;

struct RollingWindow {
  Duration length;
  friend bool operator==(const RollingWindow&, const RollingWindow&) = default;
};

struct CalendarMonth {
  std::string zone = "UTC";  // a name of the IANA database, such as "Europe/Berlin"
  friend bool operator==(const CalendarMonth&, const CalendarMonth&) = default;
};

using Window = std::variant<RollingWindow, CalendarMonth>;

// kShortestWindow to kLongestWindow, in whole minutes. Error kInvalidArgument.
Result<Window> rolling_window(Duration length);
// Of the form of a zone's name; whether there is such a zone is known to whoever has the database.
Result<Window> calendar_month(std::string_view zone);
// "7d", "90m", or "month" and "month Europe/Berlin". Error kInvalidArgument.
Result<Window> parse_window(std::string_view text);
// The form that parse_window reads.
std::string format_window(const Window& window);

// How far local time is ahead of UTC. A seam: the database of zones is read from disk, and this
// folder reads nothing.
class TimeZone {
 public:
  virtual ~TimeZone() = default;
  virtual Duration offset_at(WallTime time) const = 0;
};

class UtcZone final : public TimeZone {
 public:
  Duration offset_at(WallTime) const override { return Duration::zero(); }
};

// What ended within (from, to]; `to` is now.
struct Span {
  WallTime from;
  WallTime to;
  friend bool operator==(const Span&, const Span&) = default;
};

Span span_at(const Window& window, WallTime now, const TimeZone& zone);
// When the month of `now` ends and everything begins anew.
WallTime month_end(WallTime now, const TimeZone& zone);

// What "now" means beside a window: an hour, less for windows below 12 h (a twelfth, at least
// 5 minutes).
Duration recent_length(const Window& window);

}  // namespace seine::dive
