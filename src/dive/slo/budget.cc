// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/budget.h"

#include <algorithm>
#include <limits>

namespace seine::dive {
namespace {

// A goal near 100% asks for more successes than a count holds.
std::uint64_t to_count(Int128 value) {
  constexpr Int128 kMost = std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(std::clamp<Int128>(value, 0, kMost));
}

}  // namespace

std::optional<Ratio> Budget::compliance() const {
  if (!has_traffic()) return std::nullopt;
  return Ratio{Int128{counts_.good}, Int128{counts_.total()}};
}

std::optional<Ratio> Budget::spent() const {
  if (!has_traffic()) return std::nullopt;
  return Ratio{Int128{Goal::kWhole} * counts_.bad, Int128{goal_.allowed()} * counts_.total()};
}

std::optional<Ratio> Budget::left() const {
  if (!has_traffic()) return std::nullopt;
  return Ratio{units_left(), Int128{goal_.allowed()} * counts_.total()};
}

std::uint64_t Budget::may_still_fail() const {
  return to_count(floor_divide(units_left(), Int128{Goal::kWhole}));
}

std::uint64_t Budget::over() const {
  return to_count(ceil_divide(-units_left(), Int128{Goal::kWhole}));
}

std::uint64_t Budget::failures_in_a_row() const {
  return to_count(floor_divide(units_left(), Int128{goal_.billionths()}));
}

std::uint64_t Budget::successes_in_a_row() const {
  return to_count(ceil_divide(-units_left(), Int128{goal_.allowed()}));
}

}  // namespace seine::dive
