// SPDX-License-Identifier: Apache-2.0
#include "dive/records/catalog_keeper.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "dive/catalog/cluster_news.h"
#include "dive/catalog/wire_time.h"
#include "dive/records/event_rows.h"
#include "dive/records/record_messages.h"
#include "dive/records/transact.h"

namespace seine::dive {

using runtime::Task;

namespace {

template <class Message>
bool pass(ClusterCatalog& catalog, const MessageNumber& number) {
  if constexpr (std::is_same_v<Message, ::dive::v1::DeploymentMessage>) {
    return catalog.pass_deployments(number);
  } else {
    return catalog.pass_services(number);
  }
}

// What was written is seen: the same once more, onto a catalog that was the same before.
template <class Message, class Taken>
void see(ClusterCatalog& catalog, Taken taken) {
  if (const auto* number = std::get_if<MessageNumber>(&taken)) {
    pass<Message>(catalog, *number);
  } else {
    const auto changes = catalog.apply(std::get<0>(std::move(taken)));
    SEINE_CHECK(changes.has_value(), "what was taken once is taken again");
  }
}

CatalogWrite::Pods pods_of(const Workload& workload, WallTime at) {
  const WorkloadName& name = workload.now.name;
  CatalogWrite::Pods told{
      .workload = {.ns = name.ns, .kind = name.kind, .name = name.name}, .pods = {}, .at = at};
  // One that has said goodbye counts no longer than it likes to.
  for (const Pod& pod : workload.now.pods) {
    if (!pod.leaving) told.pods.push_back({pod.name, pod.since});
  }
  return told;
}

void note(const CatalogChanges& changes, const ClusterCatalog::State& state, WallTime at,
          CatalogWrite& write) {
  for (const WorkloadName& name : changes.workloads) {
    write.workloads.try_emplace(name);
    write.pods.push_back(pods_of(state.workloads.at(name), at));
  }
  for (const ServiceName& name : changes.services) write.services.try_emplace(name);
  for (const WorkloadRollout& each : changes.rollouts) {
    write.rollouts.insert_or_assign({each.workload, each.rollout.number}, each.rollout);
  }
}

// Things as they are in the end, however often they were told.
void fill(CatalogWrite& write, const ClusterCatalog::State& state) {
  for (auto& [name, body] : write.workloads) body = encode(state.workloads.at(name));
  for (auto& [name, body] : write.services) body = encode(state.services.at(name));
  write.deployments_position = encode(state.deployments_position);
  write.services_position = encode(state.services_position);
}

// A rollout that nobody will tell of any more: nothing of it stayed.
std::vector<EventRow> end_rollouts(const KeptCluster& cluster, const Forgotten& forgotten) {
  std::vector<EventRow> rows;
  for (const WorkloadName& name : forgotten.workloads) {
    const Workload& workload = cluster.catalog.state().workloads.at(name);
    if (!workload.rollout || workload.rollout->end) continue;
    WorkloadRollout last{name, *workload.rollout};
    last.rollout.end = Rollout::End::kUndone;
    last.rollout.ended_at =
        std::max(workload.gone_at.value_or(WallTime{}), last.rollout.started_at);
    rows.push_back(to_row(cluster.id, cluster.name, last));
  }
  return rows;
}

Task<Result<void>> write_forgotten(sql::Transaction& transaction, std::int64_t number,
                                   Forgotten forgotten, std::vector<EventRow> ended) {
  auto done = co_await remove_from_catalog(transaction, number, std::move(forgotten));
  if (!done) co_return done;
  co_return co_await save_events(transaction, std::move(ended));
}

Task<Result<std::map<std::string, std::pair<std::int64_t, StoredCatalog>>>> read_all(
    sql::Transaction& transaction) {
  std::map<std::string, std::pair<std::int64_t, StoredCatalog>> out;
  const auto clusters = co_await read_clusters(transaction);
  if (!clusters) co_return fail(clusters.error());
  for (const auto& [number, name] : *clusters) {
    auto stored = co_await read_catalog(transaction, number, name);
    if (!stored) co_return fail(std::move(stored.error()));
    out.emplace(name, std::pair(number, *std::move(stored)));
  }
  co_return out;
}

}  // namespace

Task<Result<void>> CatalogKeeper::load() {
  auto all = co_await transact_reading(loop_, store_.database(), read_all);
  if (!all) co_return fail(std::move(all.error()));
  for (auto& [name, each] : *all) {
    auto& [number, stored] = each;
    KeptCluster& cluster = clusters_[name];
    cluster.name = name;
    cluster.id = number;
    cluster.known_until = stored.known_until;
    cluster.catalog = ClusterCatalog(std::move(stored.state));
    written_[number] = cluster.catalog;
  }
  co_return Result<void>();
}

const KeptCluster* CatalogKeeper::find(std::int64_t number) const {
  const auto found = std::ranges::find_if(
      clusters_, [number](const auto& each) { return each.second.id == number; });
  return found == clusters_.end() ? nullptr : &found->second;
}

Task<Result<std::int64_t>> CatalogKeeper::know(std::string cluster) {
  const auto known = clusters_.find(cluster);
  if (known != clusters_.end()) co_return known->second.id;
  auto number = co_await store_.cluster(cluster);
  if (!number) co_return number;
  const auto [added, is_new] = clusters_.try_emplace(cluster);
  if (is_new) {
    added->second.name = cluster;
    added->second.id = *number;
    written_.try_emplace(*number);
  }
  co_return number;
}

void CatalogKeeper::hear(const std::string& cluster, const ::dive::v1::Envelope& envelope) {
  const auto found = clusters_.find(cluster);
  if (found == clusters_.end()) return;
  found->second.last_heard = loop_.clock().wall_now();
  // Not the latest of all: a clock that was ahead for a moment would have the last word for long.
  if (!envelope.has_sent_at()) return;
  if (const auto sent = wall_time_of(envelope.sent_at())) found->second.known_until = *sent;
}

// Each message onto what is being written.
template <class News, class Message>
std::vector<Applied> CatalogKeeper::apply(const KeptCluster& cluster,
                                          const std::vector<Message>& messages, CatalogWrite& write,
                                          Taken<News>& taken) {
  ClusterCatalog& catalog = written_[cluster.id];
  std::vector<Applied> outcomes;
  write.known_until = cluster.known_until;
  for (const Message& message : messages) {
    const auto& envelope = message.envelope();
    const MessageNumber number{envelope.epoch(), envelope.sequence()};
    Applied& outcome = outcomes.emplace_back(
        Applied{.epoch = number.epoch, .sequence = number.sequence, .refused = {}});
    auto news = read_news(message);
    if (!news) {
      outcome.refused = news.error().message;
      if (pass<Message>(catalog, number)) taken.push_back(number);
      continue;
    }
    const auto changes = catalog.apply(*news);
    if (!changes) {
      outcome.refused = changes.error().message;
      taken.push_back(number);
      continue;
    }
    if (changes->is_replay) continue;
    note(*changes, catalog.state(), news->at, write);
    write.known_until = std::max(write.known_until, news->at);
    taken.push_back(*std::move(news));
  }
  fill(write, catalog.state());
  return outcomes;
}

template <class News, class Message>
Task<Result<std::vector<Applied>>> CatalogKeeper::add_all(std::string cluster,
                                                          std::vector<Message> messages) {
  if (messages.empty()) co_return std::vector<Applied>();
  for (const Message& message : messages) {
    if (auto number = read_number(message.envelope()); !number) {
      co_return fail(std::move(number.error()));
    }
  }
  const auto number = co_await know(cluster);
  if (!number) co_return fail(number.error());
  const auto turn = co_await store_.turns().take(*number);
  auto settled = co_await settle_within(*number);
  if (!settled) co_return fail(std::move(settled.error()));
  Write under_way(doubts_, *number);
  KeptCluster& kept = clusters_.at(cluster);  // they stay where they are
  CatalogWrite write;
  Taken<News> taken;
  std::vector<Applied> outcomes = apply(kept, messages, write, taken);
  if (!taken.empty()) {
    auto written =
        co_await transact(loop_, store_.database(), write_catalog, *number, cluster, write);
    if (!written) co_return fail(std::move(written.error()));
    kept.known_until = write.known_until;
    for (auto& each : taken) see<Message>(kept.catalog, std::move(each));
  }
  under_way.is_done();
  hear(cluster, messages.back().envelope());
  co_return outcomes;
}

Task<Result<std::vector<Applied>>> CatalogKeeper::add(
    std::string cluster, std::vector<::dive::v1::DeploymentMessage> messages) {
  co_return co_await add_all<DeploymentNews>(std::move(cluster), std::move(messages));
}

Task<Result<std::vector<Applied>>> CatalogKeeper::add(
    std::string cluster, std::vector<::dive::v1::ServiceMessage> messages) {
  co_return co_await add_all<ServiceNews>(std::move(cluster), std::move(messages));
}

Task<Result<void>> CatalogKeeper::forget(WallTime now) {
  std::vector<std::string> names;
  for (const auto& [name, cluster] : clusters_) names.push_back(name);
  for (const std::string& name : names) {
    auto done = co_await forget_one(name, now);
    if (!done) co_return done;
  }
  co_return Result<void>();
}

Task<Result<void>> CatalogKeeper::forget_one(std::string cluster, WallTime now) {
  KeptCluster& kept = clusters_.at(cluster);
  const auto turn = co_await store_.turns().take(kept.id);
  auto settled = co_await settle_within(kept.id);
  if (!settled) co_return settled;
  Write under_way(doubts_, kept.id);
  const Forgotten forgotten = written_[kept.id].forget(now);
  if (!forgotten.workloads.empty() || !forgotten.services.empty()) {
    const std::vector<EventRow> ended = end_rollouts(kept, forgotten);
    auto written =
        co_await transact(loop_, store_.database(), write_forgotten, kept.id, forgotten, ended);
    if (!written) co_return written;
    kept.catalog.forget(now);
  }
  under_way.is_done();
  co_return Result<void>();
}

Task<Result<void>> CatalogKeeper::settle(std::int64_t number) {
  const auto turn = co_await store_.turns().take(number);
  co_return co_await settle_within(number);
}

Task<Result<void>> CatalogKeeper::settle_within(std::int64_t number) {
  if (!doubts_.are_about(number)) co_return Result<void>();
  const KeptCluster* known = find(number);
  if (known == nullptr) co_return Result<void>();
  const std::string name = known->name;
  auto stored = co_await transact_reading(loop_, store_.database(), read_catalog, number, name);
  if (!stored) co_return fail(std::move(stored.error()));
  KeptCluster& cluster = clusters_.at(name);
  cluster.known_until = std::max(cluster.known_until, stored->known_until);
  cluster.catalog = ClusterCatalog(std::move(stored->state));
  written_[number] = cluster.catalog;
  doubts_.lower(number);
  co_return Result<void>();
}

}  // namespace seine::dive
