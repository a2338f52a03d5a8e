// SPDX-License-Identifier: Apache-2.0
// Sums of rows under their verdicts. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "telemetry/latency_buckets.h"

namespace seine::telemetry::v1 {
class HttpRow;
class Source;
class TcpRow;
}  // namespace seine::telemetry::v1

namespace seine::telemetry {

struct Traffic {
  std::uint64_t success = 0;
  std::uint64_t failure = 0;
  std::uint64_t cancelled = 0;  // the caller went away: neither of both
  std::uint64_t unjudged = 0;   // of overflow rows, which say nothing but how many
  std::uint64_t excluded = 0;   // probes: not in requests()
  LatencyHistogram latency;     // of success and failure
  bool has_tcp = false;
  std::uint64_t open = 0;    // now
  std::uint64_t opened = 0;  // within the time, as what follows
  std::uint64_t closed = 0;
  std::uint64_t failed = 0;  // of the closed ones: not in order
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;

  std::uint64_t judged() const { return success + failure; }
  std::uint64_t requests() const { return success + failure + cancelled + unjudged; }
  bool empty() const { return requests() == 0 && !has_tcp; }
  // Nothing where there is no request.
  std::optional<Duration> quantile(double q) const;

  void add(const seine::telemetry::v1::HttpRow& row);
  void add_overflow(const seine::telemetry::v1::HttpRow& row);
  void add(const seine::telemetry::v1::TcpRow& row);
};

}  // namespace seine::telemetry
