// SPDX-License-Identifier: Apache-2.0
// What is counted of reports. Recorded on the controller's one loop.
#pragma once

#include <string_view>

#include "metrics/registry.h"

namespace seine::control {

class TelemetryMetrics {
 public:
  // `registry` outlives it.
  explicit TelemetryMetrics(metrics::Registry& registry);

  // seine_telemetry_reports_total{outcome}: "ok", or the word of the error that refused it.
  void count_report(std::string_view outcome);

  const metrics::Counter counted;             // seine_telemetry_buckets_total{outcome="counted"}
  const metrics::Counter late;                // "late": counted, and too old for the window
  const metrics::Counter again;               // "again": had been counted before
  const metrics::Gauge sources;               // seine_telemetry_sources
  const metrics::Gauge missing;               // seine_telemetry_missing_buckets
  const metrics::Gauge unwritten;             // seine_telemetry_unwritten_sources
  const metrics::Counter persistence_errors;  // seine_telemetry_persistence_errors_total

 private:
  metrics::Family<metrics::Counter>& reports_;
};

}  // namespace seine::control
