// SPDX-License-Identifier: Apache-2.0
#include "dive/store/pods.h"

#include <algorithm>
#include <set>
#include <utility>

#include "dive/store/batch.h"

namespace seine::dive {

using runtime::Task;

Task<Result<void>> tell_pods(sql::Transaction& transaction, std::int64_t cluster,
                             WorkloadId workload, std::vector<LivingPod> pods, WallTime at) {
  auto rows = co_await transaction.run(
      "SELECT pod, since FROM pods"
      " WHERE cluster = $1 AND namespace = $2 AND workload = $3 AND kind = $4 AND ended = 0",
      {cluster, workload.ns, workload.name, workload.kind});
  if (!rows) co_return fail(std::move(rows.error()));
  std::set<std::pair<std::string, std::int64_t>> ended;
  for (const sql::Values& row : rows->rows) {
    auto pod = sql::get<std::string>(row, 0);
    const auto since = sql::get<std::int64_t>(row, 1);
    if (!pod) co_return fail(std::move(pod.error()));
    if (!since) co_return fail(since.error());
    ended.emplace(*std::move(pod), *since);
  }
  std::vector<sql::Values> begun;
  for (LivingPod& pod : pods) {
    const std::int64_t since = to_milliseconds(pod.since);
    if (ended.erase({pod.name, since}) > 0) continue;
    begun.push_back(
        {cluster, workload.ns, std::move(pod.name), since, workload.name, workload.kind, 0});
  }
  auto written = co_await insert_rows(
      transaction, "INSERT INTO pods (cluster, namespace, pod, since, workload, kind, ended)",
      "ON CONFLICT (cluster, namespace, pod, since) DO NOTHING", std::move(begun));
  if (!written) co_return written;
  for (const auto& [pod, since] : ended) {
    auto done = co_await transaction.run(
        "UPDATE pods SET ended = $5 WHERE cluster = $1 AND namespace = $2 AND pod = $3"
        " AND since = $4",
        {cluster, workload.ns, pod, since, std::max(since, to_milliseconds(at))});
    if (!done) co_return fail(std::move(done.error()));
  }
  co_return Result<void>();
}

std::map<std::int64_t, std::uint64_t> lived(const std::vector<PodLife>& lives,
                                            Resolution resolution, Seconds from, Seconds to) {
  const std::int64_t length = shape_of(resolution).slot_seconds * 1000;
  const std::int64_t bucket = shape_of(Resolution::kTenSeconds).slot_seconds * 1000;
  const std::int64_t edge = std::chrono::milliseconds(kUncountedEdge).count();
  std::map<std::int64_t, std::uint64_t> slots;
  for (const PodLife& life : lives) {
    const std::int64_t first_whole = (life.since + edge + bucket - 1) / bucket * bucket;
    const std::int64_t last_whole =
        life.has_ended ? (life.until - edge) / bucket * bucket : life.until;
    const std::int64_t begin = std::max(first_whole, from * 1000);
    const std::int64_t end = std::min(last_whole, to * 1000);
    for (std::int64_t slot = begin / length + 1; (slot - 1) * length < end; ++slot) {
      const std::int64_t first = std::max(begin, (slot - 1) * length);
      const std::int64_t last = std::min(end, slot * length);
      if (last > first) slots[slot] += static_cast<std::uint64_t>(last - first);
    }
  }
  return slots;
}

Task<Result<std::vector<std::vector<PodLife>>>> read_lives(sql::Transaction& transaction,
                                                           std::int64_t cluster,
                                                           std::vector<WorkloadId> workloads,
                                                           Seconds from, Seconds to) {
  // Whose lives they are, by namespace and name.
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    places[{workloads[i].ns, workloads[i].name}].push_back(i);
  }
  std::vector<sql::Values> keys;
  for (const auto& [name, at] : places) keys.push_back({name.first, name.second});
  auto rows = co_await find_rows(
      transaction,
      {.columns = "t.namespace, t.workload, t.kind, t.since, t.ended",
       .table = "pods",
       .keys = {"namespace", "workload"},
       .and_also = "AND t.cluster = $1 AND t.since < $3 AND (t.ended = 0 OR t.ended > $2)",
       .values = {cluster, from * 1000, to * 1000}},
      std::move(keys));
  if (!rows) co_return fail(std::move(rows.error()));
  std::vector<std::vector<PodLife>> lives(workloads.size());
  for (const sql::Values& row : *rows) {
    auto ns = sql::get<std::string>(row, 0);
    auto name = sql::get<std::string>(row, 1);
    const auto kind = sql::get<std::string>(row, 2);
    const auto since = sql::get<std::int64_t>(row, 3);
    const auto ended = sql::get<std::int64_t>(row, 4);
    if (!ns) co_return fail(std::move(ns.error()));
    if (!name) co_return fail(std::move(name.error()));
    if (!kind) co_return fail(kind.error());
    if (!since) co_return fail(since.error());
    if (!ended) co_return fail(ended.error());
    for (const std::size_t at : places[{*std::move(ns), *std::move(name)}]) {
      if (!workloads[at].kind.empty() && workloads[at].kind != *kind) continue;
      lives[at].push_back({*since, *ended == 0 ? to * 1000 : *ended, *ended != 0});
    }
  }
  co_return lives;
}

}  // namespace seine::dive
