// SPDX-License-Identifier: Apache-2.0
// What a row of a report counts, apart from what it is about. Adding is exact and has no order.
#pragma once

#include <cstdint>

#include "telemetry/latency_buckets.h"

namespace seine::control {

struct HttpCounts {
  std::uint64_t requests = 0;
  telemetry::LatencyHistogram latency;
  std::uint64_t sum_microseconds = 0;

  void add(const HttpCounts& other) {
    requests += other.requests;
    latency.merge(other.latency);
    sum_microseconds += other.sum_microseconds;
  }
};

// Without what is open, which is no sum: see CountTable.
struct TcpCounts {
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;

  void add(const TcpCounts& other) {
    opened += other.opened;
    closed += other.closed;
    read_bytes += other.read_bytes;
    written_bytes += other.written_bytes;
  }
};

}  // namespace seine::control
