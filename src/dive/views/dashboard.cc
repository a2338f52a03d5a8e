// SPDX-License-Identifier: Apache-2.0
#include "dive/views/dashboard.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "dive/views/cluster_services.h"
#include "dive/views/completeness.h"
#include "dive/views/rows_of_counts.h"
#include "dive/views/service_state.h"

namespace seine::dive {
namespace {

using WorkloadKey = std::pair<std::string, std::string>;  // namespace and name

struct ServiceSum {
  GoldenSum golden;
  std::set<WorkloadKey> reporters;
};

// All of a cluster.
class ClusterTable {
 public:
  ClusterTable(ClusterCounts counts, std::span<const ObjectiveView> objectives)
      : cluster_(*counts.cluster),
        catalog_(cluster_.catalog.state()),
        covered_(std::move(counts.answer.covered)),
        problem_(std::move(counts.problem)),
        objectives_(objectives) {
    for (const CoveredWorkload& each : covered_) {
      covered_by_name_[{each.ns, each.name}].push_back(&each);
    }
    const ClusterServices services(catalog_);
    for (const CountRows& rows : rows_of(std::move(counts.answer.series))) {
      if (!is_of_verdict(rows.facts)) continue;
      for (const ServiceName& name : services.services_of(rows.facts)) {
        ServiceSum& sum = sums_[name];
        sum.golden.add(rows);
        sum.reporters.emplace(rows.facts.reporter.ns, rows.facts.reporter.workload);
      }
    }
    for (const CountedSeries& each : counts.tcp.series) {
      const RowFacts facts = facts_of(each.series);
      if (!is_of_verdict(facts)) continue;
      for (const ServiceName& name : services.services_of(facts)) tcp_[name].add(each);
    }
  }

  void add_to(std::vector<NamespaceGroup>& out) const {
    std::map<std::string, NamespaceGroup> groups;
    const auto group = [&](const std::string& ns) -> NamespaceGroup& {
      NamespaceGroup& found = groups[ns];
      found.cluster = cluster_.name;
      found.name = ns;
      return found;
    };
    for (const auto& [name, workload] : catalog_.workloads) {
      if (workload.gone_at) continue;
      NamespaceGroup& found = group(name.ns);
      const auto pods = std::ranges::count(workload.now.pods, false, &Pod::leaving);
      found.pods += static_cast<std::size_t>(pods);
      if (is_measured(name)) found.meshed_pods += static_cast<std::size_t>(pods);
    }
    for (const auto& [name, service] : catalog_.services) {
      const auto sum = sums_.find(name);
      if (service.gone_at && sum == sums_.end() && !tcp_.contains(name)) continue;
      group(name.ns).services.push_back(
          row_of(name, service, sum == sums_.end() ? ServiceSum{} : sum->second));
    }
    for (auto& [ns, each] : groups) out.push_back(std::move(each));
  }

 private:
  bool is_measured(const WorkloadName& name) const {
    const auto found = covered_by_name_.find({name.ns, name.name});
    return found != covered_by_name_.end() &&
           std::ranges::any_of(found->second, [&](const CoveredWorkload* each) {
             return each->kind == name.kind &&
                    std::ranges::any_of(each->slots, [](const CoveredSlot& slot) {
                      return slot.measured > Duration::zero();
                    });
           });
  }

  void collect(const WorkloadKey& name, std::vector<const CoveredWorkload*>& out) const {
    const auto found = covered_by_name_.find(name);
    if (found == covered_by_name_.end()) return;
    out.insert(out.end(), found->second.begin(), found->second.end());
  }

  ServiceRow row_of(const ServiceName& name, const Service& service, const ServiceSum& sum) const {
    ServiceRow row{.service = {cluster_.name, name.ns, name.name},
                   .golden = {},
                   .objectives = {},
                   .state = {},
                   .tcp = {},
                   .coverage = {},
                   .last_rollout = last_rollout_of(cluster_, all_workloads(service)),
                   .problem = problem_};
    std::vector<const CoveredWorkload*> answering;
    for (const WorkloadName& each : all_workloads(service)) {
      collect({each.ns, each.name}, answering);
    }
    for (const CoveredWorkload* each : answering) {
      for (const CoveredSlot& slot : each->slots) row.coverage += coverage_of(slot);
    }
    std::vector<const CoveredWorkload*> counting = answering;
    for (const WorkloadKey& each : sum.reporters) collect(each, counting);
    row.golden = sum.golden.finish(counted_time(counting));
    std::vector<State> states;
    for (const ObjectiveView& each : objectives_) {
      if (!is_shown_with(each.objective, catalog_, name)) continue;
      row.objectives.push_back({each.objective.name, each.card.state, each.text.left});
      states.push_back(each.card.state);
    }
    row.tcp = tcp_of_service(name, row.golden);
    row.state = service_state(states, row.tcp && !row.golden.has_requests());
    return row;
  }

  std::optional<TcpTraffic> tcp_of_service(const ServiceName& name, const Golden& golden) const {
    const auto found = tcp_.find(name);
    if (found == tcp_.end()) return std::nullopt;
    const TcpTraffic traffic = found->second.beside(golden.has_requests());
    return traffic.empty() ? std::nullopt : std::optional(traffic);
  }

  const KeptCluster& cluster_;
  const ClusterCatalog::State& catalog_;
  const std::vector<CoveredWorkload> covered_;
  const std::string problem_;
  const std::span<const ObjectiveView> objectives_;
  std::map<WorkloadKey, std::vector<const CoveredWorkload*>> covered_by_name_;
  std::map<ServiceName, ServiceSum> sums_;
  std::map<ServiceName, TcpViews> tcp_;
};

}  // namespace

ClusterStatus status_of(const KeptCluster& cluster, WallTime now) {
  return {.name = cluster.name,
          .is_connected = cluster.last_heard && now - *cluster.last_heard <= kConnectedFor,
          .last_heard = cluster.last_heard,
          .problem = {}};
}

bool is_shown_with(const Objective& objective, const ClusterCatalog::State& catalog,
                   const ServiceName& name) {
  const Subject& subject = objective.subject;
  if (subject.kind == Subject::Kind::kService) {
    return subject.ns == name.ns && subject.name == name.name;
  }
  const auto service = catalog.services.find(name);
  return service != catalog.services.end() &&
         std::ranges::any_of(all_workloads(service->second), [&](const WorkloadName& each) {
           return each.ns == subject.ns && each.name == subject.name;
         });
}

std::optional<LastRollout> last_rollout_of(const KeptCluster& cluster,
                                           std::span<const WorkloadName> workloads) {
  std::optional<LastRollout> out;
  for (const WorkloadName& name : workloads) {
    const auto workload = cluster.catalog.state().workloads.find(name);
    if (workload == cluster.catalog.state().workloads.end() || !workload->second.rollout) continue;
    const Rollout& rollout = *workload->second.rollout;
    if (out && out->at >= rollout.started_at) continue;
    out = {.version = revision_text(rollout.to, rollout.from),
           .at = rollout.started_at,
           .is_ongoing = !rollout.end};
  }
  return out;
}

DashboardView make_dashboard(std::vector<ClusterCounts> clusters,
                             std::span<const ObjectiveView> objectives, const Span& span,
                             WallTime now, WallTime started) {
  DashboardView out{.now = now,
                    .from = span.from,
                    .complete_until = std::nullopt,
                    .clusters = {},
                    .attention = find_attention(clusters, objectives, now, started),
                    .namespaces = {},
                    .suggestion = {}};
  for (ClusterCounts& each : clusters) {
    out.clusters.push_back(status_of(*each.cluster, now));
    out.clusters.back().problem = each.problem;
    const WallTime until = each.answer.complete_until;
    if (out.clusters.back().is_connected && until > WallTime{}) {
      out.complete_until = std::min(out.complete_until.value_or(until), until);
    }
    ClusterTable(std::move(each), objectives).add_to(out.namespaces);
  }
  out.objectives = objectives.size();
  rank_services(out);
  return out;
}

}  // namespace seine::dive
