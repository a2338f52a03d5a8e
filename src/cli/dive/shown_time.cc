// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/shown_time.h"

#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "base/shown_text.h"
#include "cli/cells.h"

namespace seine::cli {
namespace {

using namespace std::chrono;

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2261;  // nanoseconds in 64 bits end in 2262
constexpr hours kLongestAhead{24 * 366};

// Takes a number of exactly `digits` digits, and `after` behind it where that is not 0.
std::optional<int> take_number(std::string_view& text, std::size_t digits, char after) {
  const std::size_t size = digits + (after == '\0' ? 0 : 1);
  if (text.size() < size) return std::nullopt;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  if (after != '\0' && text[digits] != after) return std::nullopt;
  int number = 0;
  std::from_chars(text.data(), text.data() + digits, number);
  text.remove_prefix(size);
  return number;
}

// "", ".5", ".123456789"; digits beyond nanoseconds are of no use to anybody.
std::optional<nanoseconds> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return nanoseconds(0);
  text.remove_prefix(1);
  nanoseconds out{0};
  nanoseconds unit = milliseconds(100);
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    out += unit * (text[digits] - '0');
    unit /= 10;
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  text.remove_prefix(digits);
  return out;
}

// "Z", "+01:00"; all that is left.
std::optional<minutes> take_zone(std::string_view text) {
  if (text == "Z" || text == "z") return minutes(0);
  const bool is_behind = text.starts_with('-');
  if (!is_behind && !text.starts_with('+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_number(text, 2, ':');
  const auto minute = hour ? take_number(text, 2, '\0') : std::nullopt;
  if (!minute || !text.empty() || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes ahead = hours(*hour) + minutes(*minute);
  return is_behind ? -ahead : ahead;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto y = take_number(text, 4, '-');
  const auto m = y ? take_number(text, 2, '-') : std::nullopt;
  const auto d = m ? take_number(text, 2, '\0') : std::nullopt;
  if (!d || text.empty() || !std::string_view("Tt ").contains(text.front())) return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_number(text, 2, ':');
  const auto minute = hour ? take_number(text, 2, ':') : std::nullopt;
  const auto second = minute ? take_number(text, 2, '\0') : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto ahead = fraction ? take_zone(text) : std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  if (!ahead || !date.ok() || *y < kFirstYear || *y > kLastYear) return std::nullopt;
  const WallTime time(sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute) +
                      seconds(*second) + *fraction - *ahead);
  return time < WallTime() ? std::nullopt : std::optional(time);
}

// What is planned for half an hour from now is not in 29m59s, a moment later.
Duration whole(Duration ahead) {
  if (ahead < minutes(5)) return ceil<seconds>(ahead);
  if (ahead < hours(24)) return ceil<minutes>(ahead);
  return ceil<hours>(ahead);
}

}  // namespace

std::string relative_time(WallTime time, WallTime now) {
  const Duration age = now - time;
  if (age > -seconds(1) && age < seconds(1)) return "now";
  return age > Duration::zero() ? age_cell(age) + " ago" : "in " + age_cell(whole(-age));
}

std::string local_time(WallTime time) {
  const time_t seconds_since = floor<seconds>(time.time_since_epoch()).count();
  tm parts{};
  ::localtime_r(&seconds_since, &parts);
  const long ahead = parts.tm_gmtoff / 60;
  const std::string zone = ahead == 0 ? "Z"
                                      : fmt::format("{}{:02}:{:02}", ahead < 0 ? '-' : '+',
                                                    std::abs(ahead) / 60, std::abs(ahead) % 60);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     zone);
}

Result<WallTime> parse_time(std::string_view text, WallTime now) {
  if (text.starts_with('+')) {
    const auto ahead = parse_duration(text.substr(1));
    if (ahead && *ahead <= kLongestAhead) return now + *ahead;
  } else if (const auto time = parse_rfc3339(text)) {
    return *time;
  }
  return fail(
      ErrorCode::kInvalidConfig,
      "\"" + brief(text) +
          "\" is no time; write 2026-11-23T18:00:00Z, with Z or +01:00, or +30m from now, a "
          "year at most");
}

}  // namespace seine::cli
