// SPDX-License-Identifier: Apache-2.0
// What a series counted in a slot. Adding is exact, has no order, and stands still at a limit that
// no honest count comes near, so that sums of hostile ones do not wrap. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "telemetry/latency_buckets.h"

namespace seine::dive {

enum class SeriesKind : std::uint8_t { kHttp = 1, kTcp = 2, kCoverage = 3 };

inline constexpr std::uint64_t kMaxSum = std::uint64_t{1} << 62;

// Which sum is which, by kind.
inline constexpr std::size_t kRequests = 0, kSumMicroseconds = 1;
inline constexpr std::size_t kOpened = 0, kClosed = 1, kReadBytes = 2, kWrittenBytes = 3;
// Of instances whose buckets came: how long they counted, and of that what was dated by us since
// their clock was off.
inline constexpr std::size_t kMeasuredMilliseconds = 0, kRedatedMilliseconds = 1;

constexpr std::size_t sums_of(SeriesKind kind) {
  return kind == SeriesKind::kTcp ? 4 : 2;
}

struct Counts {
  std::array<std::uint64_t, 4> sums{};
  telemetry::LatencyHistogram latency;  // of HTTP; never more than there are requests

  void add(const Counts& other) {
    bool full = false;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      full = full || other.sums[i] > kMaxSum - sums[i];
      sums[i] = other.sums[i] > kMaxSum - sums[i] ? kMaxSum : sums[i] + other.sums[i];
    }
    if (!full) latency.merge(other.latency);
  }
  bool operator==(const Counts& other) const {
    return sums == other.sums && latency.counts() == other.latency.counts();
  }
};

// By slot, ascending.
using SlotCounts = std::map<std::int64_t, Counts>;

}  // namespace seine::dive
