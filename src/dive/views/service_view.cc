// SPDX-License-Identifier: Apache-2.0
#include "dive/views/service_view.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "dive/evidence/backends.h"
#include "dive/views/cluster_services.h"
#include "dive/views/rows_of_counts.h"

namespace seine::dive {
namespace {

// By name and namespace.
using EdgeName = std::pair<std::string, std::string>;
struct EdgeSum {
  GoldenSum golden;
  TcpViews tcp;
  bool is_secured = true;
  bool is_service = false;
};
using Edges = std::map<EdgeName, EdgeSum>;

bool has_counts(const CountRows& rows) {
  return std::ranges::any_of(rows.slots, [](const RowSlot& slot) { return slot.count > 0; });
}

std::optional<TcpTraffic> some(const TcpTraffic& traffic) {
  return traffic.empty() ? std::nullopt : std::optional(traffic);
}

EdgeName caller_of(const RowFacts& facts) {
  if (!facts.is_inbound()) return {facts.reporter.ns, facts.reporter.workload};
  if (!facts.peer.workload.empty()) return {facts.peer.ns, facts.peer.workload};
  return {"", facts.peer_identity.empty() ? "outside of the mesh" : facts.peer_identity};
}

void add_edge(const CountRows& rows, EdgeSum& edge) {
  edge.golden.add(rows);
  // On outbound the server's, on inbound the caller's. A request that reached nobody proves nothing
  // either way.
  const bool reached = !rows.facts.is_inbound() ? !rows.facts.peer.workload.empty() : true;
  if (reached && rows.facts.peer_identity.empty()) edge.is_secured = false;
}

std::vector<EdgeRow> rows_of_edges(const Edges& edges, const std::string& cluster,
                                   Duration counted) {
  std::vector<EdgeRow> out;
  for (const auto& [name, edge] : edges) {
    EdgeRow row{.cluster = cluster,
                .ns = name.first,
                .name = name.second,
                .is_service = edge.is_service,
                .is_secured = edge.is_secured,
                .golden = edge.golden.finish(counted),
                .tcp = some(edge.tcp.beside(edge.golden.has_any()))};
    // A connection whose requests are an edge of their own, as of a caller that is not known.
    if (!row.golden.has_requests() && !row.tcp) continue;
    out.push_back(std::move(row));
  }
  std::ranges::sort(out, [](const EdgeRow& a, const EdgeRow& b) {
    const std::uint64_t left = a.golden.counts.total();
    const std::uint64_t right = b.golden.counts.total();
    return left != right ? left > right : std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
  });
  return out;
}

// The service of the same name that it answers for.
bool has_page(const ClusterCatalog::State& catalog, const EdgeName& workload) {
  const auto service = catalog.services.find({workload.first, workload.second});
  return service != catalog.services.end() &&
         std::ranges::any_of(all_workloads(service->second), [&](const WorkloadName& each) {
           return each.ns == workload.first && each.name == workload.second;
         });
}

// The service that was meant, also by the address of a pod that answers for one alone; else what
// was asked for.
EdgeName callee_of(const RowFacts& facts, const ClusterServices& services) {
  const telemetry::Target& target = facts.target;
  if (!target.service.empty()) return {target.ns, target.service};
  if (const auto meant = services.services_of(facts); meant.size() == 1) {
    return {meant.front().ns, meant.front().name};
  }
  return {"", target.authority.empty() ? "an address outside of the mesh" : target.authority};
}

// As of a request that reached somebody.
void add_edge(const CountedSeries& series, const RowFacts& facts, EdgeSum& edge) {
  edge.tcp.add(series);
  if (facts.peer_identity.empty()) edge.is_secured = false;
}

Edges callees_of(CountAnswer calls, const std::vector<CountedSeries>& connections,
                 const ClusterCatalog::State& catalog) {
  const ClusterServices services(catalog);
  Edges out;
  std::set<EdgeName> meant;  // as services
  const auto edge_of = [&](const RowFacts& facts) -> EdgeSum& {
    const EdgeName name = callee_of(facts, services);
    if (!services.services_of(facts).empty()) meant.insert(name);
    return out[name];
  };
  for (const CountRows& rows : rows_of(std::move(calls.series))) {
    if (rows.facts.is_overflow || !has_counts(rows)) continue;
    add_edge(rows, edge_of(rows.facts));
  }
  for (const CountedSeries& each : connections) {
    const RowFacts facts = facts_of(each.series);
    if (!facts.is_overflow) add_edge(each, facts, edge_of(facts));
  }
  for (auto& [name, edge] : out) {
    edge.is_service = meant.contains(name) && catalog.services.contains({name.first, name.second});
  }
  return out;
}

std::uint64_t requests_of(CountAnswer answer, const WorkloadName& name) {
  GoldenSum sum;
  for (const CountRows& rows : rows_of(std::move(answer.series))) {
    const Party& server = rows.facts.server();
    if (rows.facts.is_overflow || !is_of_verdict(rows.facts)) continue;
    if (server.ns == name.ns && server.workload == name.name) sum.add(rows);
  }
  return sum.requests();
}

WorkloadRow workload_row(const KeptCluster& cluster, const WorkloadName& name) {
  WorkloadRow row{.cluster = cluster.name, .workload = name};
  const auto found = cluster.catalog.state().workloads.find(name);
  if (found == cluster.catalog.state().workloads.end()) return row;
  std::map<std::string, WorkloadRow::Version> versions;
  for (const Pod& pod : found->second.now.pods) {
    if (pod.leaving) continue;
    WorkloadRow::Version& version = versions[pod.revision.version];
    version.version = pod.revision.version;
    ++version.pods;
    if (pod.ready) ++version.ready;
  }
  for (auto& [version, each] : versions) row.versions.push_back(std::move(each));
  if (found->second.rollout) row.last_rollout = found->second.rollout->started_at;
  return row;
}

}  // namespace

ServiceView make_service_view(ServiceFacts facts) {
  const ClusterCatalog::State& catalog = facts.cluster->catalog.state();
  const Subject subject{
      .ns = facts.name.ns, .name = facts.name.name, .route = {}, .environment = {}};
  const Backends backends = backends_of(catalog, subject);
  const SubjectRows rows_of_service(subject, backends);
  const Duration counted = counted_time(facts.to.covered);

  GoldenSum all;
  Edges callers;
  std::map<EdgeName, GoldenSum> servers;
  for (const CountRows& rows : rows_of(std::move(facts.to.series))) {
    if (!rows_of_service.contains(rows.facts) || !is_of_verdict(rows.facts) || !has_counts(rows)) {
      continue;
    }
    all.add(rows);
    add_edge(rows, callers[caller_of(rows.facts)]);
    servers[{rows.facts.server().ns, rows.facts.server().workload}].add(rows);
  }
  TcpViews connections;
  for (const CountedSeries& each : facts.to_tcp.series) {
    const RowFacts row = facts_of(each.series);
    if (!rows_of_service.contains(row) || !is_of_verdict(row)) continue;
    connections.add(each);
    add_edge(each, row, callers[caller_of(row)]);
  }
  for (auto& [name, edge] : callers) edge.is_service = has_page(catalog, name);

  ServiceView out;
  out.service = {facts.cluster->name, facts.name.ns, facts.name.name};
  out.golden = all.finish(counted);
  out.tcp = some(connections.beside(out.golden.has_requests()));
  out.callers = rows_of_edges(callers, facts.cluster->name, counted);
  const Duration calling = counted_time(facts.calls.covered);
  out.callees = rows_of_edges(callees_of(std::move(facts.calls), facts.calls_tcp.series, catalog),
                              facts.cluster->name, calling);
  if (facts.to.complete_until > WallTime{}) out.complete_until = facts.to.complete_until;
  const auto service = catalog.services.find(facts.name);
  if (service == catalog.services.end()) return out;
  // Where none answers now, those that did: they are what the figures are of.
  const std::vector<WorkloadName>& now = service->second.now.workloads;
  for (const WorkloadName& name : now.empty() ? service->second.former : now) {
    WorkloadRow row = workload_row(*facts.cluster, name);
    row.golden = servers[{name.ns, name.name}].finish(counted);
    if (auto day = facts.days.find(name); day != facts.days.end()) {
      row.requests_per_day = requests_of(std::move(day->second), name);
    }
    out.workloads.push_back(std::move(row));
  }
  return out;
}

}  // namespace seine::dive
