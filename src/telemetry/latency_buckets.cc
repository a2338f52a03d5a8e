// SPDX-License-Identifier: Apache-2.0
#include "telemetry/latency_buckets.h"

#include <algorithm>
#include <array>
#include <bit>

namespace seine::telemetry {

namespace {

// 2^(k/8): written out, since std::exp2 is no constant expression.
constexpr std::array<double, 8> kEighths = {
    1.0,
    1.0905077326652576592,
    1.1892071150027210667,
    1.2968395546510096659,
    1.4142135623730950488,
    1.5422108254079408236,
    1.6817928305074290861,
    1.8340080864093424634,
};

constexpr double lower_microseconds(std::size_t bucket) {
  return kEighths[bucket % 8] * static_cast<double>(1ULL << (bucket / 8));
}

// The largest whole nanosecond that is not above the bucket's lower bound.
constexpr auto kLowerNanoseconds = [] {
  std::array<std::uint64_t, kLatencyBuckets> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = static_cast<std::uint64_t>(lower_microseconds(i) * 1000);
  }
  return bounds;
}();

}  // namespace

std::uint8_t latency_bucket(Duration latency) {
  if (latency.count() <= 1000) return 0;
  const auto nanoseconds = static_cast<std::uint64_t>(latency.count());
  // An octave of 1000 * 2^n ns is found by its highest bits: 1000 is a little below 2^10, so the
  // first guess may be one too many.
  std::size_t octave = static_cast<std::size_t>(std::bit_width(nanoseconds)) - 10;
  if (octave > 31) octave = 31;
  if (nanoseconds <= kLowerNanoseconds[octave * 8] && octave > 0) --octave;
  // Above the octave's own bound, so at least one.
  std::size_t above = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    above += nanoseconds > kLowerNanoseconds[octave * 8 + i] ? 1U : 0U;
  }
  return static_cast<std::uint8_t>(octave * 8 + above - 1);
}

LatencyBounds latency_bounds(std::uint8_t bucket) {
  return {Microseconds(bucket == 0 ? 0 : lower_microseconds(bucket)),
          Microseconds(lower_microseconds(std::size_t{bucket} + 1))};
}

void LatencyHistogram::add(std::uint8_t bucket, std::uint64_t count) {
  if (count == 0) return;
  total_ += count;
  // What is read ascends.
  if (counts_.empty() || counts_.back().bucket < bucket) {
    counts_.push_back({bucket, count});
    return;
  }
  const auto at = std::ranges::lower_bound(counts_, bucket, {}, &Count::bucket);
  if (at->bucket == bucket) {
    at->count += count;
  } else {
    counts_.insert(at, {bucket, count});
  }
}

bool LatencyHistogram::add(std::span<const std::uint32_t> indices,
                           std::span<const std::uint64_t> counts) {
  if (indices.size() != counts.size()) return false;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] >= kLatencyBuckets || (i > 0 && indices[i] <= indices[i - 1])) return false;
  }
  for (std::size_t i = 0; i < indices.size(); ++i) {
    add(static_cast<std::uint8_t>(indices[i]), counts[i]);
  }
  return true;
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  if (counts_.empty()) {
    *this = other;
    return;
  }
  for (const Count& count : other.counts_) add(count.bucket, count.count);
}

std::optional<Microseconds> LatencyHistogram::quantile(double q) const {
  if (counts_.empty()) return std::nullopt;
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(total_);
  double before = 0;
  for (const Count& count : counts_) {
    const auto here = static_cast<double>(count.count);
    if (before + here >= rank) {
      const LatencyBounds bounds = latency_bounds(count.bucket);
      return bounds.lower + (bounds.upper - bounds.lower) * ((rank - before) / here);
    }
    before += here;
  }
  return latency_bounds(counts_.back().bucket).upper;
}

}  // namespace seine::telemetry
