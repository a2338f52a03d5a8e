// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/cluster_catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "fmt/format.h"

#include "dive/catalog/catalog_limits.h"
#include "dive/catalog/follow_rollouts.h"

namespace seine::dive {
namespace {

// Of the newest pod that has one; what it was before where none has.
std::string environment_of(const std::vector<Pod>& pods, std::string before) {
  const Pod* newest = nullptr;
  for (const Pod& pod : pods) {
    if (!pod.labels.contains(std::string(kEnvironmentLabel))) continue;
    if (newest == nullptr || newest->since <= pod.since) newest = &pod;
  }
  return newest == nullptr ? std::move(before) : newest->labels.at(std::string(kEnvironmentLabel));
}

// How many there would be with those that are told.
template <class Told, class Things>
std::size_t size_with(const std::vector<Told>& told, const Things& things) {
  return things.size() + static_cast<std::size_t>(std::ranges::count_if(
                             told, [&](const Told& each) { return !things.contains(each.name); }));
}

bool has(const std::vector<WorkloadName>& names, const WorkloadName& name) {
  return std::ranges::find(names, name) != names.end();
}

// Without those that answer again.
std::vector<WorkloadName> former_of(const Service& before, const ServiceTold& told) {
  std::vector<WorkloadName> out = all_workloads(before);
  std::erase_if(out, [&](const WorkloadName& each) { return has(told.workloads, each); });
  std::ranges::sort(out);
  if (out.size() > kMaxWorkloadsOfService) out.resize(kMaxWorkloadsOfService);
  return out;
}

template <class Things, class Removed>
void forget_from(Things& things, WallTime before, Removed& removed) {
  for (auto at = things.begin(); at != things.end();) {
    if (!at->second.gone_at || *at->second.gone_at > before) {
      ++at;
      continue;
    }
    removed.push_back(at->first);
    at = things.erase(at);
  }
}

}  // namespace

template <class Told, class Name, class Things>
Result<CatalogChanges> ClusterCatalog::take(std::variant<std::vector<Told>, Told, Name> told,
                                            WallTime at, Things& things, std::size_t limit,
                                            std::string_view what) {
  CatalogChanges changes;
  if (const auto* name = std::get_if<Name>(&told)) {
    if (const auto found = things.find(*name); found != things.end()) {
      remove(found->second, at, changes);
    }
    return changes;
  }
  const bool is_all = std::holds_alternative<std::vector<Told>>(told);
  std::vector<Told> list;
  if (is_all) {
    list = std::move(std::get<std::vector<Told>>(told));
  } else {
    list.push_back(std::move(std::get<Told>(told)));
  }
  if (size_with(list, things) > limit) {
    return fail(ErrorCode::kLimit,
                fmt::format("the cluster would have more than {} {}, those that went within {} "
                            "days included",
                            limit, what, kGoneFor.count()));
  }
  std::set<Name> there;
  for (Told& each : list) {
    there.insert(each.name);
    tell(std::move(each), at, changes);
  }
  if (!is_all) return changes;
  for (auto& [name, thing] : things) {
    if (!there.contains(name)) remove(thing, at, changes);
  }
  return changes;
}

Result<CatalogChanges> ClusterCatalog::apply(DeploymentNews news) {
  if (!pass_deployments(news.number)) return CatalogChanges{.is_replay = true};
  return take(std::move(news.told), news.at, state_.workloads, kMaxWorkloads, "workloads");
}

Result<CatalogChanges> ClusterCatalog::apply(ServiceNews news) {
  if (!pass_services(news.number)) return CatalogChanges{.is_replay = true};
  return take(std::move(news.told), news.at, state_.services, kMaxServices, "services");
}

bool ClusterCatalog::pass_deployments(const MessageNumber& number) {
  return state_.deployments_position.take(number.epoch, number.sequence);
}

bool ClusterCatalog::pass_services(const MessageNumber& number) {
  return state_.services_position.take(number.epoch, number.sequence);
}

void ClusterCatalog::follow(Workload& workload, std::vector<Pod> pods, WallTime at,
                            CatalogChanges& changes) {
  for (Rollout& rollout : follow_rollouts(workload, std::move(pods), at)) {
    changes.rollouts.push_back({workload.now.name, std::move(rollout)});
  }
  workload.changed_at = at;
  changes.workloads.push_back(workload.now.name);
}

void ClusterCatalog::tell(WorkloadTold told, WallTime at, CatalogChanges& changes) {
  const auto [found, is_new] = state_.workloads.try_emplace(told.name);
  Workload& workload = found->second;
  if (is_new) {
    workload.now.name = told.name;
    workload.first_seen = at;
  } else if (!workload.gone_at && workload.now == told) {
    return;
  }
  workload.gone_at.reset();
  workload.now.service_account = std::move(told.service_account);
  workload.environment = environment_of(told.pods, std::move(workload.environment));
  follow(workload, std::move(told.pods), at, changes);
}

void ClusterCatalog::remove(Workload& workload, WallTime at, CatalogChanges& changes) {
  if (workload.gone_at) return;
  workload.gone_at = at;
  follow(workload, {}, at, changes);
}

void ClusterCatalog::tell(ServiceTold told, WallTime at, CatalogChanges& changes) {
  const auto [found, is_new] = state_.services.try_emplace(told.name);
  Service& service = found->second;
  if (is_new) {
    service.first_seen = at;
  } else if (!service.gone_at && service.now == told) {
    return;
  }
  service.gone_at.reset();
  service.changed_at = at;
  service.former = former_of(service, told);
  service.now = std::move(told);
  changes.services.push_back(service.now.name);
}

void ClusterCatalog::remove(Service& service, WallTime at, CatalogChanges& changes) {
  if (service.gone_at) return;
  service.gone_at = at;
  service.changed_at = at;
  changes.services.push_back(service.now.name);
}

Forgotten ClusterCatalog::forget(WallTime now) {
  Forgotten forgotten;
  forget_from(state_.workloads, now - kGoneFor, forgotten.workloads);
  forget_from(state_.services, now - kGoneFor, forgotten.services);
  return forgotten;
}

std::vector<WorkloadName> all_workloads(const Service& service) {
  std::vector<WorkloadName> out = service.now.workloads;
  out.insert(out.end(), service.former.begin(), service.former.end());
  return out;
}

std::vector<WorkloadName> answering(const ClusterCatalog::State& catalog, const ServiceName& name) {
  const auto found = catalog.services.find(name);
  if (found == catalog.services.end()) return {};
  std::vector<WorkloadName> out = found->second.now.workloads;
  for (const WorkloadName& former : found->second.former) {
    const bool answers_for_another = std::ranges::any_of(
        catalog.services, [&](const auto& each) { return has(each.second.now.workloads, former); });
    if (!answers_for_another) out.push_back(former);
  }
  return out;
}

std::vector<Namespace> ClusterCatalog::namespaces() const {
  std::map<std::string, Namespace> found;
  const auto add = [&](const std::string& ns, const auto& thing) {
    const auto [at, is_new] = found.try_emplace(ns, Namespace{ns, thing.first_seen, thing.gone_at});
    Namespace& out = at->second;
    out.first_seen = std::min(out.first_seen, thing.first_seen);
    if (!is_new && out.gone_at) {
      out.gone_at = thing.gone_at ? std::max(out.gone_at, thing.gone_at) : std::nullopt;
    }
  };
  for (const auto& [name, workload] : state_.workloads) add(name.ns, workload);
  for (const auto& [name, service] : state_.services) add(name.ns, service);
  std::vector<Namespace> out;
  for (auto& [name, each] : found) out.push_back(std::move(each));
  return out;
}

}  // namespace seine::dive
