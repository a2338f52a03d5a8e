// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/series.h"

#include <algorithm>

namespace seine::dive {

Ratio Coverage::share() const {
  if (expected == 0) return {1, 1};
  // More than expected is a lease that was learned of late: nothing is missing.
  return {Int128{std::min(measured, expected)}, Int128{expected}};
}

Coverage& Coverage::operator+=(const Coverage& other) {
  measured = std::min(kMaxCount, measured + std::min(other.measured, kMaxCount));
  expected = std::min(kMaxCount, expected + std::min(other.expected, kMaxCount));
  return *this;
}

BucketSeries within(BucketSeries series, const Span& span) {
  const auto first = std::ranges::upper_bound(series, span.from, {}, &CountBucket::end);
  const auto last = std::ranges::upper_bound(first, series.end(), span.to, {}, &CountBucket::end);
  return {first, last};
}

Sum sum_of(BucketSeries series) {
  Sum sum;
  for (const CountBucket& bucket : series) {
    sum.tally += bucket.tally;
    sum.coverage += bucket.coverage;
  }
  return sum;
}

}  // namespace seine::dive
