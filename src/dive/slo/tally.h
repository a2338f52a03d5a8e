// SPDX-License-Identifier: Apache-2.0
// From rows of the proxies' counts to good and bad. Facts are judged here and not where they are
// counted, so that an objective can be tried on counts that are older than itself.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "dive/slo/objective.h"
#include "model/verdict.h"
#include "telemetry/latency_buckets.h"

namespace seine::dive {

// Above it counts stand still: sums of hostile counts do not wrap, and ratios fit (ratio.h).
inline constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 62;

// One record carries both, so that there is never more success than there are requests.
struct Outcomes {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t total() const { return good + bad; }
  Outcomes& operator+=(const Outcomes& other);
  friend bool operator==(const Outcomes&, const Outcomes&) = default;
};

struct Tally {
  Outcomes counts;
  std::uint64_t excluded = 0;   // probes
  std::uint64_t cancelled = 0;  // the caller went away: neither good nor bad
  std::uint64_t unjudged = 0;   // of overflow rows, which say only how many
  // Of `counts.bad` of a latency objective: in the histogram's bucket that the threshold lies in,
  // so that some of them may have been in time. At most 9.1 % below the threshold.
  std::uint64_t unsure = 0;
  Tally& operator+=(const Tally& other);
  friend bool operator==(const Tally&, const Tally&) = default;
};

// A row's requests. `latency` is of them all.
Tally tally_row(const Objective& objective, const model::ResponseFacts& facts, std::uint64_t count,
                const telemetry::LatencyHistogram& latency);
// As an objective of success has it, whatever the latency.
Tally tally_success(const model::ResponseFacts& facts, std::uint64_t count);
Tally tally_overflow(std::uint64_t count);

// What each end saw of the same requests. They differ by what was lost between them, which is a
// finding of its own.
struct Views {
  Tally verdict;  // the callers' view of meshed callers, the server's of all others
  Tally callers;
  Tally servers;

  void add_outbound(const Tally& row);
  // `meshed_caller`: mutual TLS proved who called, so the caller's own proxy has counted this, too.
  void add_inbound(const Tally& row, bool meshed_caller);
};

}  // namespace seine::dive
