// SPDX-License-Identifier: Apache-2.0
// The counts of one objective over time: buckets of whatever length the store kept, so that a week
// may be hours at its far end and 10 s at its near one.
#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"
#include "dive/slo/ratio.h"
#include "dive/slo/tally.h"
#include "dive/slo/window.h"

namespace seine::dive {

// How much of the time of instances was counted, of that which should have been since each one's
// first lease; milliseconds, of all added up. An empty bucket that was reported is measured:
// silence is not absence.
struct Coverage {
  std::uint64_t measured = 0;
  std::uint64_t expected = 0;
  // 1 where nothing was expected: no instance, so nothing is missing.
  Ratio share() const;
  Coverage& operator+=(const Coverage& other);
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

// A pod is known a moment before its proxy counts, and after it has counted for the last time; and
// timers are late by milliseconds. Nobody is told of less than this, in any words; verdicts are
// made of all of it.
inline constexpr std::uint64_t kLeastMissingMilliseconds = 30'000;

struct CountBucket {
  WallTime end;
  Duration length = Duration::zero();
  Tally tally;
  Coverage coverage;
};

// Ascending by `end`. Borrowed: the caller's outlives every call.
using BucketSeries = std::span<const CountBucket>;

// Those that ended within (from, to]: a bucket counts whole, and once in spans that adjoin.
BucketSeries within(BucketSeries series, const Span& span);

struct Sum {
  Tally tally;
  Coverage coverage;
};
Sum sum_of(BucketSeries series);

}  // namespace seine::dive
