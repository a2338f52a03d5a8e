// SPDX-License-Identifier: Apache-2.0
#include "dive/store/clusters.h"

#include <array>
#include <utility>

#include "dive/store/slot.h"
#include "dive/store/store_limits.h"

namespace seine::dive {

using runtime::Task;

namespace {

constexpr std::string_view kColumns =
    "id, next_series, next_pending, next_audit, series_count, series_generation, complete_until,"
    " fold_until, fold_next";

Result<ClusterRow> cluster_from(const sql::Rows& rows) {
  if (rows.rows.empty()) return fail(ErrorCode::kNotFound, "no such cluster");
  ClusterRow out;
  const std::array<std::int64_t*, 9> fields = {
      &out.id,           &out.next_series,       &out.next_pending,   &out.next_audit,
      &out.series_count, &out.series_generation, &out.complete_until, &out.fold_until,
      &out.fold_next};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto value = sql::get<std::int64_t>(rows.rows[0], i);
    if (!value) return fail(value.error());
    *fields[i] = *value;
  }
  return out;
}

Task<Result<std::int64_t>> make_cluster(sql::Database& database, std::string name) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto rows = co_await (*transaction)->run("SELECT count(*), coalesce(max(id), 0) FROM clusters");
  if (!rows) co_return fail(std::move(rows.error()));
  const auto count = sql::get<std::int64_t>(rows->rows.at(0), 0);
  const auto last = sql::get<std::int64_t>(rows->rows.at(0), 1);
  if (!count) co_return fail(count.error());
  if (!last) co_return fail(last.error());
  if (static_cast<std::size_t>(*count) >= kMaxClusters) {
    co_return fail(ErrorCode::kLimit, "there are " + std::to_string(*count) + " clusters already");
  }
  auto done =
      co_await (*transaction)
          ->run(
              "INSERT INTO clusters (id, name, next_series, next_pending, next_audit, series_count,"
              " series_generation, complete_until, fold_until, fold_next)"
              " VALUES ($1, $2, 1, 1, 1, 0, 0, 0, 0, 0)",
              {*last + 1, std::move(name)});
  if (!done) co_return fail(std::move(done.error()));
  auto committed = co_await (*transaction)->commit();
  if (!committed) co_return fail(std::move(committed.error()));
  co_return *last + 1;
}

}  // namespace

Task<Result<std::int64_t>> number_cluster(sql::Database& database, std::string name) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    auto rows = co_await database.run("SELECT id FROM clusters WHERE name = $1", {name});
    if (!rows) co_return fail(std::move(rows.error()));
    if (!rows->rows.empty()) co_return sql::get<std::int64_t>(rows->rows[0], 0);
    auto made = co_await make_cluster(database, name);
    // Somebody else may have made it, or another one, at the same time.
    const bool crossed = !made && (made.error().code == ErrorCode::kConstraint ||
                                   made.error().code == ErrorCode::kDatabaseBusy);
    if (!crossed || attempt == kAttempts) co_return made;
  }
}

Task<Result<ClusterRow>> take_cluster(sql::Transaction& transaction, std::int64_t id) {
  auto rows = co_await transaction.run(
      "UPDATE clusters SET next_series = next_series WHERE id = $1 RETURNING " +
          std::string(kColumns),
      {id});
  if (!rows) co_return fail(std::move(rows.error()));
  co_return cluster_from(*rows);
}

Task<Result<ClusterRow>> read_cluster(sql::Transaction& transaction, std::int64_t id) {
  auto rows = co_await transaction.run(
      "SELECT " + std::string(kColumns) + " FROM clusters WHERE id = $1", {id});
  if (!rows) co_return fail(std::move(rows.error()));
  co_return cluster_from(*rows);
}

Task<Result<void>> save_cluster(sql::Transaction& transaction, ClusterRow row) {
  auto done = co_await transaction.run(
      "UPDATE clusters SET next_series = $2, next_pending = $3, next_audit = $4,"
      " series_count = $5, series_generation = $6, complete_until = $7, fold_until = $8,"
      " fold_next = $9 WHERE id = $1",
      {row.id, row.next_series, row.next_pending, row.next_audit, row.series_count,
       row.series_generation, row.complete_until, row.fold_until, row.fold_next});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

Task<Result<void>> write_audit(sql::Transaction& transaction, ClusterRow& cluster, WallTime at,
                               std::string kind, std::string subject, std::string detail) {
  const std::int64_t id = cluster.next_audit++;
  auto done = co_await transaction.run(
      "INSERT INTO audit (cluster, id, at, kind, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)",
      {cluster.id, id, to_milliseconds(at), std::move(kind), std::move(subject),
       std::move(detail)});
  if (!done) co_return fail(std::move(done.error()));
  auto gone = co_await transaction.run("DELETE FROM audit WHERE cluster = $1 AND id <= $2",
                                       {cluster.id, id - kMaxAudit});
  if (!gone) co_return fail(std::move(gone.error()));
  co_return Result<void>();
}

}  // namespace seine::dive
