// SPDX-License-Identifier: Apache-2.0
#include "cli/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace seine::cli {

std::string success_cell(std::uint64_t successes, std::uint64_t total) {
  if (total == 0) return "-";
  // In 128 bits: counts over years times 10000 leave 64.
  const auto hundredths = static_cast<std::uint64_t>(
      static_cast<unsigned __int128>(std::min(successes, total)) * 10000 / total);
  return fmt::format("{}.{:02}%", hundredths / 100, hundredths % 100);
}

std::string rate_cell(double per_second) {
  return fmt::format("{:.1f}rps", per_second);
}

std::string latency_cell(std::optional<Duration> latency) {
  if (!latency) return "-";
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(*latency);
  return fmt::format("{}ms", whole.count());
}

std::string byte_rate_cell(double bytes_per_second) {
  static constexpr std::array<std::string_view, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  // 999.95 would be printed as 1000.0.
  while (bytes_per_second >= 999.95 && unit + 1 < kUnits.size()) {
    bytes_per_second /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f}{}/s", bytes_per_second, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string meshed_cell(std::uint64_t meshed, std::uint64_t total) {
  return fmt::format("{}/{}", meshed, total);
}

std::string age_cell(Duration age) {
  const auto seconds =
      std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(age).count());
  const auto pair = [](std::int64_t big, char big_unit, std::int64_t small, char small_unit) {
    return small == 0 ? fmt::format("{}{}", big, big_unit)
                      : fmt::format("{}{}{}{}", big, big_unit, small, small_unit);
  };
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return pair(seconds / 60, 'm', seconds % 60, 's');
  if (seconds < 86400) return pair(seconds / 3600, 'h', seconds % 3600 / 60, 'm');
  return pair(seconds / 86400, 'd', seconds % 86400 / 3600, 'h');
}

}  // namespace seine::cli
