// SPDX-License-Identifier: Apache-2.0
// What the mesh's DNS counts, as metrics. The registry owns the counts, for it outlives the server.
#pragma once

#include <cstddef>

#include "dns/server.h"
#include "metrics/registry.h"

namespace seine::control {

class DnsMetrics final : public metrics::Collector {
 public:
  // As long as the registry lives, which is scraped on the loop that counts.
  static DnsMetrics& make(metrics::Registry& registry);

  // seine_dns_queries_total{transport, result}: "udp" or "tcp", dns::outcome_name()
  // seine_dns_connections_total
  // seine_dns_limited_total{limit}: what met a limit of dns/server.h
  // seine_dns_failed_total{step}: "receive", "send", "forward"
  // seine_dns_names, seine_dns_left_out: of the zone
  void collect(metrics::TextWriter& writer) override;

  dns::ServerCounters counters;
  std::size_t names = 0;
  std::size_t left_out = 0;
};

}  // namespace seine::control
