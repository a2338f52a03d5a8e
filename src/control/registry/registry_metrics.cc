// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_metrics.h"

namespace seine::control {
namespace {

constexpr std::size_t kCore = 0;

struct OutcomeLabels {
  std::string_view outcome;
  void write(metrics::LabelWriter& out) const { out.add("outcome", outcome); }
};

metrics::Counter counter(metrics::Registry& registry, const char* name, const char* help) {
  return registry.counter({.description = {.name = name, .help = help}}).get(kCore);
}

metrics::Gauge gauge(metrics::Registry& registry, const char* name, const char* help) {
  return registry.gauge({.description = {.name = name, .help = help}}).get(kCore);
}

}  // namespace

RegistryMetrics::RegistryMetrics(metrics::Registry& registry)
    : leases(gauge(registry, "seine_registry_leases", "Pods that hold a lease.")),
      services(gauge(registry, "seine_registry_services", "Services the mesh is told of.")),
      expirations(counter(registry, "seine_registry_lease_expirations",
                          "Leases that ended because nobody renewed them.")),
      tokens(counter(registry, "seine_registry_tokens_issued", "Tokens handed to workloads.")),
      writes(counter(registry, "seine_registry_writes", "Writings of the registry's file.")),
      persistence_errors(counter(registry, "seine_registry_persistence_errors",
                                 "Writings of the registry's file that failed.")),
      unwritten(gauge(registry, "seine_registry_unwritten",
                      "1 while the registry's file is older than the registry.")),
      untold_leaves(counter(registry, "seine_registry_untold_leaves",
                            "Goodbyes answered before every proxy had been told.")),
      joins_(registry.counter({.description = {.name = "seine_registry_joins",
                                               .help = "Attempts to join, by their outcome."}})),
      reviews_(registry.counter({.description = {.name = "seine_registry_token_reviews",
                                                 .help = "Tokens reviewed, by their outcome."}})) {}

void RegistryMetrics::count_join(std::string_view outcome) {
  joins_.get(kCore, OutcomeLabels{outcome}).add();
}

void RegistryMetrics::count_review(std::string_view outcome) {
  reviews_.get(kCore, OutcomeLabels{outcome}).add();
}

}  // namespace seine::control
