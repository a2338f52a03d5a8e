// SPDX-License-Identifier: Apache-2.0
// Latencies in nanoseconds with a relative error below 1 %, from 1 ns to 1 hour, in constant
// memory: 128 linear steps in each power of two.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace seine::bench {

class Histogram {
 public:
  Histogram();
  void record(Duration value);  // negative counts as 0, beyond an hour as an hour
  std::uint64_t count() const { return count_; }
  Duration max() const { return max_; }  // exact
  // The smallest bucket's upper bound with at least `quantile` (0..1) of all values at or below it,
  // never above max(); 0 when nothing was recorded.
  Duration at(double quantile) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Duration max_{0};
};

}  // namespace seine::bench
