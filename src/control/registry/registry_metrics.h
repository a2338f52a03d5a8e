// SPDX-License-Identifier: Apache-2.0
// What the standalone registry counts. Recorded on the controller's one loop.
#pragma once

#include <cstddef>
#include <string_view>

#include "metrics/registry.h"

namespace seine::control {

class RegistryMetrics {
 public:
  // `registry` outlives it.
  explicit RegistryMetrics(metrics::Registry& registry);

  // seine_registry_joins_total{outcome}: "ok", or the word of the error that refused it.
  void count_join(std::string_view outcome);
  // seine_registry_token_reviews_total{outcome}: likewise.
  void count_review(std::string_view outcome);

  const metrics::Gauge leases;                // seine_registry_leases
  const metrics::Gauge services;              // seine_registry_services
  const metrics::Counter expirations;         // seine_registry_lease_expirations_total
  const metrics::Counter tokens;              // seine_registry_tokens_issued_total
  const metrics::Counter writes;              // seine_registry_writes_total
  const metrics::Counter persistence_errors;  // seine_registry_persistence_errors_total
  const metrics::Gauge unwritten;             // seine_registry_unwritten: 1 while on memory alone
  const metrics::Counter untold_leaves;       // seine_registry_untold_leaves_total

 private:
  metrics::Family<metrics::Counter>& joins_;
  metrics::Family<metrics::Counter>& reviews_;
};

}  // namespace seine::control
