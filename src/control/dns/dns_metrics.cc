// SPDX-License-Identifier: Apache-2.0
#include "control/dns/dns_metrics.h"

#include <memory>
#include <string_view>
#include <utility>

namespace seine::control {
namespace {

using metrics::Kind;

struct QueryLabels {
  std::string_view transport;
  dns::Outcome outcome;
  void write(metrics::LabelWriter& out) const {
    out.add("transport", transport).add("result", dns::outcome_name(outcome));
  }
};

struct OneLabel {
  std::string_view key;
  std::string_view value;
  void write(metrics::LabelWriter& out) const { out.add(key, value); }
};

template <class Value>
void sample(metrics::TextWriter& writer, const auto& labels, Value value) {
  metrics::LabelWriter text;
  labels.write(text);
  writer.sample(text.text(), static_cast<std::int64_t>(value));
}

}  // namespace

DnsMetrics& DnsMetrics::make(metrics::Registry& registry) {
  auto made = std::make_unique<DnsMetrics>();
  DnsMetrics& out = *made;
  registry.add_collector(metrics::Part::kOpenMetrics, std::move(made));
  return out;
}

void DnsMetrics::collect(metrics::TextWriter& writer) {
  writer.family({.name = "seine_dns_queries", .help = "DNS queries by what became of them."},
                Kind::kCounter);
  for (std::size_t i = 0; i < dns::kOutcomes; ++i) {
    const auto outcome = static_cast<dns::Outcome>(i);
    sample(writer, QueryLabels{"udp", outcome}, counters.udp[i]);
    sample(writer, QueryLabels{"tcp", outcome}, counters.tcp[i]);
  }
  writer.single({.name = "seine_dns_connections", .help = "TCP connections accepted."},
                Kind::kCounter, static_cast<std::int64_t>(counters.connections));
  writer.family({.name = "seine_dns_limited", .help = "What met a limit of the DNS server."},
                Kind::kCounter);
  const std::pair<std::string_view, std::uint64_t> limited[] = {
      {"datagram", counters.truncated},
      {"query", counters.oversized},
      {"connections", counters.connections_refused},
      {"idle", counters.connections_timed_out},
      {"queries of a connection", counters.connections_used_up},
      {"forwards", counters.forwards_refused}};
  for (const auto& [limit, count] : limited) sample(writer, OneLabel{"limit", limit}, count);
  writer.family({.name = "seine_dns_failed", .help = "DNS queries and answers lost, by step."},
                Kind::kCounter);
  const std::pair<std::string_view, std::uint64_t> failed[] = {
      {"receive", counters.receive_errors},
      {"send", counters.unsent},
      {"forward", counters.forwards_failed}};
  for (const auto& [step, count] : failed) sample(writer, OneLabel{"step", step}, count);
  writer.single({.name = "seine_dns_names", .help = "Names that the DNS server knows."},
                Kind::kGauge, static_cast<std::int64_t>(names));
  writer.single({.name = "seine_dns_left_out", .help = "Entries that could not become names."},
                Kind::kGauge, static_cast<std::int64_t>(left_out));
}

}  // namespace seine::control
