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

// How many buckets of instances there are of those there should be, since each instance's first
// lease. An empty bucket that was reported is measured: silence is not absence.
struct Coverage {
  std::uint64_t measured = 0;
  std::uint64_t expected = 0;
  // 1 where nothing was expected: no instance, so nothing is missing.
  Ratio share() const;
  Coverage& operator+=(const Coverage& other);
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

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
