// SPDX-License-Identifier: Apache-2.0
// What a zone's clocks do year after year: the TZ string at the end of a zone's file, as POSIX.1
// and RFC 8536 (section 3.3.1) write it, such as "CET-1CEST,M3.5.0,M10.5.0/3".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace seine::dive {

class ZoneRule {
 public:
  // Nothing: it is no rule, or one that never ends.
  static std::optional<ZoneRule> parse(std::string_view text);

  // How far local time is ahead of UTC.
  Duration offset_at(WallTime time) const;

 private:
  friend class ZoneRuleReader;

  // A day of each year, and the time of that day by the clock that is about to be changed.
  struct Change {
    enum class Form : std::uint8_t {
      kWeekday,         // of a month
      kDayOfYear,       // from 0, 29 February counts
      kDayWithoutLeap,  // from 1, 29 February is never counted
    };
    Form form = Form::kWeekday;
    unsigned month = 1;
    unsigned week = 1;  // 5: the last
    unsigned day = 0;   // of the week, 0 is Sunday; or of the year
    Duration time = std::chrono::hours(2);
  };
  struct Summer {
    Duration offset;
    Change begin;
    Change end;
  };
  static WallTime local_time_of(const Change& change, std::chrono::year year);

  Duration standard_ = Duration::zero();
  std::optional<Summer> summer_;
};

}  // namespace seine::dive
