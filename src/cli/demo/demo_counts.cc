// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/demo_counts.h"

#include <set>
#include <utility>

#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"
#include "telemetry/figures/edge_rows.h"
#include "telemetry/figures/traffic.h"

namespace seine::cli {

using telemetry::Edge;
using telemetry::Resource;
using telemetry::ResourceKind;
using telemetry::Traffic;

namespace api = seine::telemetry::v1;

namespace {

// As both ends of a service saw it.
struct BothEnds {
  Traffic outbound;
  Traffic inbound;
  std::map<std::string, std::uint64_t> causes;
};

// A pod's service has its workload's name in the shop.
void add(const api::Source& source, std::map<std::string, BothEnds>& services) {
  const auto add_row = [&](const api::HttpRow& row, bool is_overflow) {
    const bool is_inbound = row.direction() == api::INBOUND;
    BothEnds& ends = services[is_inbound ? source.reporter().workload() : row.target().service()];
    Traffic& traffic = is_inbound ? ends.inbound : ends.outbound;
    if (!is_inbound && !row.cause().empty()) {
      ends.causes[std::to_string(row.http_status()) + " " + row.cause()] += row.count();
    }
    if (is_overflow) {
      traffic.add_overflow(row);
    } else {
      traffic.add(row);
    }
  };
  for (const api::HttpRow& row : source.http()) add_row(row, false);
  for (const api::HttpRow& row : source.http_overflow()) add_row(row, true);
}

// Proxies count inbound connections whatever they carry, and outbound ones that they only forward.
void add(const api::TcpRow& row, const api::Reporter& reporter,
         std::map<std::string, DemoTcpService>& services) {
  const bool is_inbound = row.direction() == api::INBOUND;
  DemoTcpService& service = services[is_inbound ? reporter.workload() : row.target().service()];
  if (!row.cause().empty()) service.causes[row.cause()] += row.closed();
  if (is_inbound) {
    service.inbound += row.opened();
    return;
  }
  service.outbound += row.opened();
  // The peer of an outbound connection is who was called.
  service.sent_bytes += row.written_bytes();
  service.received_bytes += row.read_bytes();
}

std::set<std::string> pods_of(const seine::registry::v1::ListResponse& list,
                              const std::string& ns) {
  std::set<std::string> pods;
  for (const auto& workload : list.workloads()) {
    if (workload.namespace_() != ns) continue;
    for (const auto& pod : workload.pods()) pods.insert(pod.name());
  }
  return pods;
}

}  // namespace

std::map<std::string, DemoService> count_services(const seine::registry::v1::ListResponse& list,
                                                  const api::ReadResponse& window,
                                                  const std::string& ns) {
  const std::set<std::string> pods = pods_of(list, ns);
  std::map<std::string, BothEnds> services;
  for (const api::Source& source : window.sources()) {
    const api::Reporter& reporter = source.reporter();
    if (reporter.namespace_() == ns && pods.contains(reporter.pod())) add(source, services);
  }
  std::map<std::string, DemoService> out;
  for (const auto& [name, ends] : services) {
    const Traffic& sent = ends.outbound;
    out[name] = {.ns = ns,
                 .name = name,
                 .generated = {},
                 .outbound = sent.requests(),
                 .inbound = ends.inbound.requests(),
                 .succeeded = sent.success,
                 .failed = sent.failure,
                 .cancelled = sent.cancelled,
                 .excluded = sent.excluded + ends.inbound.excluded,
                 .causes = ends.causes,
                 .seconds = 0,
                 .p50 = sent.quantile(0.5),
                 .p95 = sent.quantile(0.95),
                 .p99 = sent.quantile(0.99)};
  }
  return out;
}

std::map<std::string, DemoTcpService> count_tcp_services(
    const seine::registry::v1::ListResponse& list, const api::ReadResponse& window,
    const std::string& ns) {
  const std::set<std::string> pods = pods_of(list, ns);
  std::map<std::string, DemoTcpService> out;
  for (const api::Source& source : window.sources()) {
    const api::Reporter& reporter = source.reporter();
    if (reporter.namespace_() != ns || !pods.contains(reporter.pod())) continue;
    for (const api::TcpRow& row : source.tcp()) add(row, reporter, out);
    for (const api::TcpRow& row : source.tcp_overflow()) add(row, reporter, out);
  }
  std::erase_if(out, [](const auto& entry) { return entry.second.outbound == 0; });
  for (auto& [name, service] : out) {
    service.ns = ns;
    service.name = name;
  }
  return out;
}

std::vector<DemoEdge> count_edges(const seine::registry::v1::ListResponse& list,
                                  const api::ReadResponse& window, const std::string& ns) {
  std::vector<DemoEdge> out;
  auto edges = telemetry::make_edges(list, window,
                                     Resource{.kind = ResourceKind::kDeployment, .name = {}}, ns);
  if (!edges) return out;
  for (Edge& edge : *edges) {
    out.push_back({.src = std::move(edge.src),
                   .dst = std::move(edge.dst),
                   .secured = edge.no_tls_reason.empty(),
                   .client_id = std::move(edge.client_id),
                   .server_id = std::move(edge.server_id),
                   .no_tls_reason = std::move(edge.no_tls_reason)});
  }
  return out;
}

}  // namespace seine::cli
