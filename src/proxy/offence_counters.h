// SPDX-License-Identifier: Apache-2.0
// seine_http_offences_total: what clients were refused, reset, sent away or closed for, by the
// words of http/offences.h. Made once; each worker uses those of its own core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "http/offences.h"
#include "metrics/registry.h"

namespace seine::proxy {

enum class Direction : std::uint8_t;

class OffenceCounters {
 public:
  explicit OffenceCounters(metrics::Registry& registry);
  OffenceCounters(const OffenceCounters&) = delete;
  OffenceCounters& operator=(const OffenceCounters&) = delete;

  // Lives as long as this.
  http::Offences& of(std::size_t core, Direction direction) {
    return counters_[2 * core + static_cast<std::size_t>(direction)];
  }

 private:
  struct Counter final : http::Offences {
    Counter(metrics::Family<metrics::Counter>& counted, std::size_t own_core, Direction own)
        : family(counted), core(own_core), direction(own) {}
    void count(std::string_view offence, std::string_view action) override;
    metrics::Family<metrics::Counter>& family;
    std::size_t core;
    Direction direction;
  };
  std::deque<Counter> counters_;  // by core and direction
};

}  // namespace seine::proxy
