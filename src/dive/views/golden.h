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

inline constexpr Duration kLasting = std::chrono::minutes(1);

struct Golden {
  Outcomes counts;
  std::uint64_t excluded = 0;   // probes
  std::uint64_t cancelled = 0;  // the caller went away
  // Over which time they were counted; zero: nothing was.
  Duration counted_for{};
  // Of good and bad ones, as long as they lasted: a stream counts when it ends. How many of them
  // lasted kLasting or longer, which is what streams do.
  std::uint64_t lasting = 0;
  // As `seine stat` has them. Nothing without requests.
  std::optional<Duration> p50;
  std::optional<Duration> p95;
  std::optional<Duration> p99;

  bool has_requests() const { return counts.total() + excluded + cancelled > 0; }
};

// Whether a row is of the verdict: what callers with a proxy saw, what servers saw of all others.
bool is_of_verdict(const RowFacts& facts);

class GoldenSum {
 public:
  // Overflow rows say nothing that could be shown, and are left out.
  void add(const CountRows& rows);
  void add(const RowFacts& facts, const RowSlot& slot);
  bool has_any() const { return requests() + tally_.excluded + tally_.cancelled > 0; }
  // Good and bad ones.
  std::uint64_t requests() const { return tally_.counts.total(); }
  const Tally& tally() const { return tally_; }
  Golden finish(Duration counted_for) const;

 private:
  Tally tally_;
  telemetry::LatencyHistogram latency_;  // of what was good or bad
};

}  // namespace seine::dive
