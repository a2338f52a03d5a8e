// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <time.h>

#include <charconv>

#include "fmt/format.h"

namespace seine {

namespace {

Duration read_clock(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

struct Unit {
  std::string_view suffix;
  std::int64_t milliseconds;
};
constexpr Unit kUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

}  // namespace

TimePoint SystemClock::now() const {
  return TimePoint(read_clock(CLOCK_MONOTONIC));
}
WallTime SystemClock::wall_now() const {
  return WallTime(read_clock(CLOCK_REALTIME));
}

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  std::uint64_t value = 0;
  const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  // 100 years: far beyond any timer, far below an overflow of nanoseconds.
  constexpr std::uint64_t kMaxMilliseconds = 100ULL * 366 * 86'400'000;
  if (ec == std::errc()) {
    for (const Unit& unit : kUnits) {
      if (unit.suffix != suffix) continue;
      if (value > kMaxMilliseconds / static_cast<std::uint64_t>(unit.milliseconds)) break;
      return std::chrono::milliseconds(static_cast<std::int64_t>(value) * unit.milliseconds);
    }
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a duration: expected digits and one of ms, s, m, h, d, "
                          "such as 500ms or 10s, up to 100 years",
                          text.substr(0, 64)));
}

std::string format_duration(Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (ms == 0) return "0";
  for (const Unit& unit : kUnits) {
    if (ms % unit.milliseconds == 0)
      return fmt::format("{}{}", ms / unit.milliseconds, unit.suffix);
  }
  return fmt::format("{}ms", ms);
}

std::string format_rfc3339(WallTime time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const time_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
  tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     ms - static_cast<std::int64_t>(seconds) * 1000);
}

}  // namespace seine
