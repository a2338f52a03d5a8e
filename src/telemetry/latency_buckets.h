// SPDX-License-Identifier: Apache-2.0
// The latency histogram of seine.telemetry.v1: sparse, exponential, eight buckets an octave. Bucket
// i holds values in (2^(i/8), 2^((i+1)/8)] microseconds; what is not above 1 us is in bucket 0,
// what is above 2^32 us (71 minutes) in bucket 255.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"

namespace seine::telemetry {

using Microseconds = std::chrono::duration<double, std::micro>;

inline constexpr std::size_t kLatencyBuckets = 256;

// Exact to the nanosecond. Negative durations are in bucket 0. No division, no floating point.
std::uint8_t latency_bucket(Duration latency);

struct LatencyBounds {
  Microseconds lower;  // exclusive; 0 of bucket 0, which begins there
  Microseconds upper;  // inclusive
};
LatencyBounds latency_bounds(std::uint8_t bucket);

// Merges by adding: of the same requests it is the same, in whatever order they came.
class LatencyHistogram {
 public:
  struct Count {
    std::uint8_t bucket;
    std::uint64_t count;
    friend bool operator==(const Count&, const Count&) = default;
  };

  void add(Duration latency) { add(latency_bucket(latency), 1); }
  void add(std::uint8_t bucket, std::uint64_t count);
  // As the wire has it: pairs of `indices` and `counts`. False, and nothing is added, unless there
  // are as many of both, indices ascend, and each is below kLatencyBuckets.
  bool add(std::span<const std::uint32_t> indices, std::span<const std::uint64_t> counts);
  void merge(const LatencyHistogram& other);
  // Keeps its memory, for one that is read again and again.
  void clear() {
    counts_.clear();
    total_ = 0;
  }

  std::uint64_t total() const { return total_; }
  // Ascending; none of 0.
  const std::vector<Count>& counts() const { return counts_; }

  // The latency that `q` (0 to 1, brought into that range) of the requests did not exceed; nothing
  // where there is no request. As histogram_quantile() of Prometheus has it: the bucket is the
  // first whose cumulative count reaches q * total, and requests are spread evenly within it, so
  // q = 0 is the lower bound of the first bucket with requests and q = 1 the upper of the last.
  std::optional<Microseconds> quantile(double q) const;

 private:
  std::vector<Count> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace seine::telemetry
