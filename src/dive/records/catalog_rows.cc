// SPDX-License-Identifier: Apache-2.0
#include "dive/records/catalog_rows.h"

#include "fmt/format.h"

#include "dive/records/event_rows.h"
#include "dive/records/record_messages.h"
#include "dive/records/records_limits.h"
#include "dive/store/batch.h"
#include "dive/store/clusters.h"
#include "dive/store/epochs.h"
#include "dive/store/slot.h"

namespace seine::dive {

using runtime::Task;

namespace {

// One page after another; each row is key columns that are text, then its body.
Task<Result<std::vector<sql::Values>>> read_page(sql::Transaction& transaction,
                                                 std::string_view table, std::string_view keys,
                                                 std::int64_t number, sql::Values after) {
  std::string places;
  for (std::size_t i = 0; i < after.size(); ++i) places += fmt::format(", ${}", i + 2);
  const std::string from =
      after.empty() ? "" : fmt::format("AND (cluster, {}) > ($1{})", keys, places);
  after.insert(after.begin(), number);
  auto rows = co_await transaction.run(
      fmt::format("SELECT {}, body FROM {} WHERE cluster = $1 {} ORDER BY cluster, {} LIMIT {}",
                  keys, table, from, keys, kCatalogPageRows),
      std::move(after));
  if (!rows) co_return fail(std::move(rows.error()));
  co_return std::move(rows->rows);
}

sql::Values keys_of(const sql::Values& row) {
  return {row.begin(), row.end() - 1};
}

Task<Result<void>> read_workloads(sql::Transaction& transaction, std::int64_t number,
                                  std::string cluster, ClusterCatalog::State& state) {
  sql::Values after;
  for (;;) {
    auto rows =
        co_await read_page(transaction, "workloads", "namespace, kind, name", number, after);
    if (!rows) co_return fail(std::move(rows.error()));
    if (rows->empty()) co_return Result<void>();
    for (const sql::Values& row : *rows) {
      const auto ns = sql::get<std::string>(row, 0);
      const auto kind = sql::get<std::string>(row, 1);
      const auto name = sql::get<std::string>(row, 2);
      const auto body = sql::get<sql::Blob>(row, 3);
      if (!ns || !kind || !name || !body) {
        co_return fail(damaged("a workload of the cluster " + cluster));
      }
      const WorkloadName key{*ns, *kind, *name};
      auto workload = decode_workload(
          key, *body, fmt::format("the workload {} of the cluster {}", format_name(key), cluster));
      if (!workload) co_return fail(std::move(workload.error()));
      state.workloads.emplace(key, *std::move(workload));
    }
    after = keys_of(rows->back());
  }
}

Task<Result<void>> read_services(sql::Transaction& transaction, std::int64_t number,
                                 std::string cluster, ClusterCatalog::State& state) {
  sql::Values after;
  for (;;) {
    auto rows = co_await read_page(transaction, "services", "namespace, name", number, after);
    if (!rows) co_return fail(std::move(rows.error()));
    if (rows->empty()) co_return Result<void>();
    for (const sql::Values& row : *rows) {
      const auto ns = sql::get<std::string>(row, 0);
      const auto name = sql::get<std::string>(row, 1);
      const auto body = sql::get<sql::Blob>(row, 2);
      if (!ns || !name || !body) co_return fail(damaged("a service of the cluster " + cluster));
      const ServiceName key{*ns, *name};
      auto service = decode_service(
          key, *body, fmt::format("the service {} of the cluster {}", format_name(key), cluster));
      if (!service) co_return fail(std::move(service.error()));
      state.services.emplace(key, *std::move(service));
    }
    after = keys_of(rows->back());
  }
}

Task<Result<void>> read_positions(sql::Transaction& transaction, std::int64_t number,
                                  std::string cluster, StoredCatalog& out) {
  auto rows = co_await transaction.run(
      "SELECT method, known_until, body FROM streams WHERE cluster = $1", {number});
  if (!rows) co_return fail(std::move(rows.error()));
  const std::string what = "the streams of the cluster " + cluster;
  for (const sql::Values& row : rows->rows) {
    const auto method = sql::get<std::int64_t>(row, 0);
    const auto known_until = sql::get<std::int64_t>(row, 1);
    const auto body = sql::get<sql::Blob>(row, 2);
    if (!method || !known_until || !body) co_return fail(damaged(what));
    auto position = decode_position(*body, what);
    if (!position) co_return fail(std::move(position.error()));
    const bool is_of_services = *method == static_cast<std::int64_t>(Method::kService);
    auto& place = is_of_services ? out.state.services_position : out.state.deployments_position;
    place = *std::move(position);
    out.known_until = std::max(out.known_until, from_milliseconds(*known_until));
  }
  co_return Result<void>();
}

template <class Things, class Keys>
std::vector<sql::Values> rows_of(std::int64_t number, Things& things, Keys keys) {
  std::vector<sql::Values> rows;
  for (auto& [name, body] : things) {
    sql::Values row = keys(name);
    row.insert(row.begin(), number);
    row.emplace_back(std::move(body));
    rows.push_back(std::move(row));
  }
  return rows;
}

Task<Result<void>> write_things(sql::Transaction& transaction, std::int64_t number,
                                CatalogWrite& write) {
  auto workloads = rows_of(number, write.workloads, [](const WorkloadName& name) {
    return sql::Values{name.ns, name.kind, name.name};
  });
  auto written = co_await insert_rows(
      transaction, "INSERT INTO workloads (cluster, namespace, kind, name, body)",
      "ON CONFLICT (cluster, namespace, kind, name) DO UPDATE SET body = excluded.body",
      std::move(workloads));
  if (!written) co_return written;
  auto services = rows_of(number, write.services,
                          [](const ServiceName& name) { return sql::Values{name.ns, name.name}; });
  co_return co_await insert_rows(
      transaction, "INSERT INTO services (cluster, namespace, name, body)",
      "ON CONFLICT (cluster, namespace, name) DO UPDATE SET body = excluded.body",
      std::move(services));
}

Task<Result<void>> write_rollouts(sql::Transaction& transaction, std::int64_t number,
                                  std::string cluster, CatalogWrite& write) {
  std::vector<EventRow> rows;
  std::set<WorkloadName> workloads;
  for (const auto& [key, rollout] : write.rollouts) {
    rows.push_back(to_row(number, cluster, WorkloadRollout{key.first, rollout}));
    workloads.insert(key.first);
  }
  auto written = co_await save_events(transaction, std::move(rows));
  for (const WorkloadName& workload : workloads) {
    if (!written) break;
    written = co_await keep_rollouts(transaction, number, workload, kMaxRolloutsOfWorkload);
  }
  co_return written;
}

Task<Result<void>> write_positions(sql::Transaction& transaction, std::int64_t number,
                                   CatalogWrite& write) {
  std::vector<sql::Values> rows;
  const std::int64_t known_until = to_milliseconds(write.known_until);
  rows.push_back({number, static_cast<std::int64_t>(Method::kDeployment), known_until,
                  std::move(write.deployments_position)});
  rows.push_back({number, static_cast<std::int64_t>(Method::kService), known_until,
                  std::move(write.services_position)});
  co_return co_await insert_rows(
      transaction, "INSERT INTO streams (cluster, method, known_until, body)",
      "ON CONFLICT (cluster, method) DO UPDATE SET known_until = excluded.known_until,"
      " body = excluded.body",
      std::move(rows));
}

}  // namespace

Task<Result<std::map<std::int64_t, std::string>>> read_clusters(sql::Transaction& transaction) {
  auto rows = co_await transaction.run("SELECT id, name FROM clusters");
  if (!rows) co_return fail(std::move(rows.error()));
  std::map<std::int64_t, std::string> out;
  for (const sql::Values& row : rows->rows) {
    const auto id = sql::get<std::int64_t>(row, 0);
    auto name = sql::get<std::string>(row, 1);
    if (!id) co_return fail(id.error());
    if (!name) co_return fail(std::move(name.error()));
    out.emplace(*id, *std::move(name));
  }
  co_return out;
}

Task<Result<StoredCatalog>> read_catalog(sql::Transaction& transaction, std::int64_t number,
                                         std::string cluster) {
  StoredCatalog out;
  auto read = co_await read_workloads(transaction, number, cluster, out.state);
  if (read) read = co_await read_services(transaction, number, cluster, out.state);
  if (read) read = co_await read_positions(transaction, number, cluster, out);
  if (!read) co_return fail(std::move(read.error()));
  co_return out;
}

Task<Result<void>> write_catalog(sql::Transaction& transaction, std::int64_t number,
                                 std::string cluster, CatalogWrite write) {
  auto taken = co_await take_cluster(transaction, number);
  if (!taken) co_return fail(std::move(taken.error()));
  auto written = co_await write_things(transaction, number, write);
  if (written) written = co_await write_rollouts(transaction, number, cluster, write);
  for (CatalogWrite::Pods& told : write.pods) {
    if (!written) break;
    written = co_await tell_pods(transaction, number, std::move(told.workload),
                                 std::move(told.pods), told.at);
  }
  if (written) written = co_await write_positions(transaction, number, write);
  co_return written;
}

Task<Result<void>> remove_from_catalog(sql::Transaction& transaction, std::int64_t number,
                                       Forgotten forgotten) {
  for (WorkloadName& name : forgotten.workloads) {
    auto done = co_await transaction.run(
        "DELETE FROM workloads WHERE cluster = $1 AND namespace = $2 AND kind = $3 AND name = $4",
        {number, std::move(name.ns), std::move(name.kind), std::move(name.name)});
    if (!done) co_return fail(std::move(done.error()));
  }
  for (ServiceName& name : forgotten.services) {
    auto done = co_await transaction.run(
        "DELETE FROM services WHERE cluster = $1 AND namespace = $2 AND name = $3",
        {number, std::move(name.ns), std::move(name.name)});
    if (!done) co_return fail(std::move(done.error()));
  }
  co_return Result<void>();
}

}  // namespace seine::dive
