// SPDX-License-Identifier: Apache-2.0
// Time as the product sees it. Code never asks the system clock itself: it is handed a Clock (or a
// loop that has one), so that tests move time by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Any thread may call it. Lives longer than whoever holds a reference.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;      // monotonic
  virtual WallTime wall_now() const = 0;  // UTC; may jump
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall_now() const override;
};

// Moves only when told; starts at 1000 s monotonic and 2026-01-01T00:00:00Z.
class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall_now() const override { return wall_; }
  void advance(Duration by) {
    now_ += by;
    wall_ += by;
  }
  void jump_wall(Duration by) { wall_ += by; }

 private:
  TimePoint now_{std::chrono::seconds(1000)};
  WallTime wall_{std::chrono::seconds(1767225600)};
};

// "10s", "300ms", "5m", "1h", "1d": Linkerd's form `\d+(ms|s|m|h|d)`; a bare "0" is allowed.
// Error kInvalidArgument on anything else and on overflow.
Result<Duration> parse_duration(std::string_view text);
// The shortest such form that loses nothing down to 1 ms.
std::string format_duration(Duration duration);
// "2026-11-22T07:51:00.123Z"
std::string format_rfc3339(WallTime time);

}  // namespace seine
