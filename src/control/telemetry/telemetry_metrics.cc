// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/telemetry_metrics.h"

namespace seine::control {
namespace {

constexpr std::size_t kCore = 0;

struct OutcomeLabels {
  std::string_view outcome;
  void write(metrics::LabelWriter& out) const { out.add("outcome", outcome); }
};

metrics::Counter buckets(metrics::Registry& registry, std::string_view outcome) {
  return registry
      .counter({.description = {.name = "seine_telemetry_buckets",
                                .help = "Buckets of proxies that came: counted, counted too late "
                                        "for the window, or again."}})
      .get(kCore, OutcomeLabels{outcome});
}

metrics::Gauge gauge(metrics::Registry& registry, const char* name, const char* help) {
  return registry.gauge({.description = {.name = name, .help = help}}).get(kCore);
}

}  // namespace

TelemetryMetrics::TelemetryMetrics(metrics::Registry& registry)
    : counted(buckets(registry, "counted")),
      late(buckets(registry, "late")),
      again(buckets(registry, "again")),
      sources(gauge(registry, "seine_telemetry_sources", "Proxies whose counts are held.")),
      missing(gauge(registry, "seine_telemetry_missing_buckets",
                    "Buckets of those proxies that have not come, while later ones have.")),
      unwritten(gauge(registry, "seine_telemetry_unwritten_sources",
                      "Proxies whose counts are newer than their file.")),
      persistence_errors(registry
                             .counter({.description = {.name = "seine_telemetry_persistence_errors",
                                                       .help = "Writings of counts that failed."}})
                             .get(kCore)),
      reports_(registry.counter({.description = {.name = "seine_telemetry_reports",
                                                 .help = "Reports, by their outcome."}})) {}

void TelemetryMetrics::count_report(std::string_view outcome) {
  reports_.get(kCore, OutcomeLabels{outcome}).add();
}

}  // namespace seine::control
