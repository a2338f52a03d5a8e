// SPDX-License-Identifier: Apache-2.0
#include "proxy/offence_counters.h"

#include "proxy/telemetry.h"

namespace seine::proxy {

namespace {

struct OffenceLabels {
  std::string_view direction;
  std::string_view offence;
  std::string_view action;
  void write(metrics::LabelWriter& writer) const {
    writer.add("direction", direction);
    writer.add("offence", offence);
    writer.add("action", action);
  }
};

}  // namespace

OffenceCounters::OffenceCounters(metrics::Registry& registry) {
  metrics::Family<metrics::Counter>& family = registry.counter(
      {.description = {.name = "seine_http_offences",
                       .help = "Clients refused, reset, sent away or closed, and for what."}});
  for (std::size_t core = 0; core < registry.cores(); ++core) {
    for (const Direction direction : {Direction::kInbound, Direction::kOutbound}) {
      counters_.emplace_back(family, core, direction);
    }
  }
}

void OffenceCounters::Counter::count(std::string_view offence, std::string_view action) {
  family.get(core, OffenceLabels{direction_name(direction), offence, action}).add();
}

}  // namespace seine::proxy
