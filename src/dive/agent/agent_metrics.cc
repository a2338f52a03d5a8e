// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/agent.h"

namespace seine::dive {
namespace {

struct MethodLabels {
  std::string_view method;
  void write(metrics::LabelWriter& out) const { out.add("method", method); }
};

struct Column {
  const char* name;
  const char* help;
  metrics::Kind kind;
  std::uint64_t (*value)(const Delivery&);
};

constexpr Column kColumns[] = {
    {"seine_dive_agent_outbox_messages", "Messages that Dive has not acknowledged.",
     metrics::Kind::kGauge, [](const Delivery& d) { return d.outbox().waiting(); }},
    {"seine_dive_agent_outbox_bytes", "What an outbox takes on disk.", metrics::Kind::kGauge,
     [](const Delivery& d) { return std::uint64_t{d.outbox().octets()}; }},
    {"seine_dive_agent_messages_sent", "Messages sent, those that were sent again included.",
     metrics::Kind::kCounter, [](const Delivery& d) { return d.counts().sent; }},
    {"seine_dive_agent_messages_dropped", "Messages dropped since an outbox was full.",
     metrics::Kind::kCounter, [](const Delivery& d) { return d.outbox().dropped(); }},
    {"seine_dive_agent_messages_refused", "Messages that Dive did not take.",
     metrics::Kind::kCounter, [](const Delivery& d) { return d.counts().refused; }},
    {"seine_dive_agent_attempts", "Streams, or runs of calls, that were begun.",
     metrics::Kind::kCounter, [](const Delivery& d) { return d.counts().attempts; }},
};

}  // namespace

void Agent::write(metrics::TextWriter& writer) const {
  const Delivery* const deliveries[] = {&metric_delivery_, &workload_delivery_, &service_delivery_,
                                        &event_delivery_};
  for (const Column& column : kColumns) {
    writer.family({.name = column.name, .help = column.help}, column.kind);
    for (const Delivery* delivery : deliveries) {
      metrics::LabelWriter labels;
      MethodLabels{delivery->method()}.write(labels);
      writer.sample(labels.text(), static_cast<std::int64_t>(column.value(*delivery)));
    }
  }
  writer.single({.name = "seine_dive_agent_connections", .help = "Connections made to Dive."},
                metrics::Kind::kCounter, static_cast<std::int64_t>(link_.connections()));
  writer.single({.name = "seine_dive_agent_ready",
                 .help = "Whether the cluster is heard, and Dive hears it."},
                metrics::Kind::kGauge, std::int64_t{is_ready() ? 1 : 0});
}

}  // namespace seine::dive
