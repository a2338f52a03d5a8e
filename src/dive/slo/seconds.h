// SPDX-License-Identifier: Apache-2.0
// Time in and out of estimates, which are not counts and so may be floating point.
#pragma once

#include <cmath>

#include "base/time.h"

namespace seine::dive {

inline long double to_seconds(Duration time) {
  return std::chrono::duration<long double>(time).count();
}

// To the nearest microsecond, so that 55% of 30 d at 20x is 19.8 h and not a nanosecond less. At
// most 100 years: beyond that nobody reads the figure, and it would not fit.
inline Duration from_seconds(long double seconds) {
  constexpr long double kMost = 100.0L * 366 * 86'400;
  if (!(seconds > 0)) return Duration::zero();
  return std::chrono::microseconds(std::llround((seconds < kMost ? seconds : kMost) * 1e6L));
}

}  // namespace seine::dive
