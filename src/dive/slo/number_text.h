// SPDX-License-Identifier: Apache-2.0
// Numbers as cards show them. No figure ever looks better than the truth: what is good (compliance,
// budget left, time until it is gone) is cut down, what is bad (budget spent, burn, time until it
// is back) is cut up, also below zero. So 100% is perfect, a goal that is missed never reads as
// met, and what is spent and what is left add up to 100%.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "dive/slo/ratio.h"

namespace seine::dive {

enum class Cut : std::uint8_t { kDown, kUp };

inline constexpr unsigned kMaxDecimals = 7;

// "551,570"
std::string format_count(std::uint64_t count);
// "96.1%", "-289.7%", "55%": at most `decimals` digits after the point, none that are trailing
// zeros.
std::string format_percent(const Ratio& share, unsigned decimals, Cut cut);
// "20x", "0.3x": one decimal, cut up, as a burn rate is bad.
std::string format_factor(const Ratio& factor);
// "40 minutes", "19.8 hours", "3.5 days": minutes below 2 h, hours below 2 d. Below a minute:
// "less than a minute" if it is cut down, else "1 minute".
std::string format_time(Duration time, Cut cut);
// "1 request", "2 requests".
std::string format_requests(std::uint64_t count);

// "99.95" with 7 decimals is 999'500'000. Nothing unless it is digits, and a point among them at
// will; more decimals are taken only if they are zeros. At most 9 digits before the point.
std::optional<std::uint64_t> parse_fixed(std::string_view text, unsigned decimals);

}  // namespace seine::dive
