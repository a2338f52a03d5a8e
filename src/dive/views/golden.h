// SPDX-License-Identifier: Apache-2.0
// The golden metrics of whatever requests: how many were good and bad, how fast they were. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "dive/evidence/count_rows.h"
#include "dive/slo/tally.h"
#include "telemetry/latency_buckets.h"

namespace seine::dive {

struct Golden {
  Outcomes counts;
  std::uint64_t excluded = 0;   // probes
  std::uint64_t cancelled = 0;  // the caller went away
  // Over which time they were counted; zero: nothing was.
  Duration counted_for{};
  // Upper bounds, so never better than the truth. Nothing without requests.
  std::optional<Duration> p50;
  std::optional<Duration> p95;
  std::optional<Duration> p99;
};

// Whether a row is of the verdict: what callers with a proxy saw, what servers saw of all others.
bool is_of_verdict(const RowFacts& facts);

class GoldenSum {
 public:
  // Overflow rows say nothing that could be shown, and are left out.
  void add(const CountRows& rows);
  void add(const RowFacts& facts, const RowSlot& slot);
  // Good and bad ones.
  std::uint64_t requests() const { return tally_.counts.total(); }
  const Tally& tally() const { return tally_; }
  Golden finish(Duration counted_for) const;

 private:
  Tally tally_;
  telemetry::LatencyHistogram latency_;  // of what was good or bad
};

// The upper bound of the bucket in which the request is that `percent` of all did not exceed, in
// whole microseconds and never below the bound.
std::optional<Duration> latency_within(const telemetry::LatencyHistogram& latency,
                                       unsigned percent);

}  // namespace seine::dive
