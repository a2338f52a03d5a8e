// SPDX-License-Identifier: Apache-2.0
#include "proxy/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace seine::bench {
namespace {

constexpr unsigned kStepBits = 7;
constexpr std::uint64_t kSteps = 1U << kStepBits;
constexpr Duration kLongest = std::chrono::hours(1);

// Values below kSteps have a bucket each; above, the leading kStepBits + 1 bits choose it.
std::size_t bucket_of(std::uint64_t value) {
  if (value < kSteps) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
  return (shift * kSteps) + (value >> shift);
}

std::uint64_t upper_bound_of(std::size_t bucket) {
  if (bucket < 2 * kSteps) return bucket;
  const std::size_t shift = bucket / kSteps - 1;
  const std::uint64_t leading = bucket - shift * kSteps;
  return ((leading + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_of(static_cast<std::uint64_t>(kLongest.count())) + 1) {}

void Histogram::record(Duration value) {
  value = std::clamp(value, Duration(0), kLongest);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value.count()))];
  ++count_;
  max_ = std::max(max_, value);
}

Duration Histogram::at(double quantile) const {
  const double exact = std::ceil(quantile * static_cast<double>(count_));
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(exact));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted)
      return std::min(max_, Duration(static_cast<std::int64_t>(upper_bound_of(bucket))));
  }
  return max_;
}

}  // namespace seine::bench
