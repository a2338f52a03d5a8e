// SPDX-License-Identifier: Apache-2.0
#include "dive/store/store.h"

#include <utility>

#include "dive/store/clusters.h"
#include "dive/store/schema.h"
#include "runtime/combine.h"
#include "sql/postgres.h"
#include "sql/sqlite.h"

namespace seine::dive {

using runtime::Task;

namespace {

Task<bool> rest(runtime::EventLoop& loop, Duration time) {
  co_await runtime::sleep_for(loop, time);
  co_return true;
}

Task<bool> until_much_is_pending(runtime::EventLoop& loop, MetricIngest& metrics) {
  runtime::Waker waker(loop);
  while (!metrics.is_much_pending()) {
    metrics.arm_much_pending(waker);
    co_await waker.wait();
  }
  co_return true;
}

}  // namespace

Task<Result<std::unique_ptr<sql::Database>>> open_store_database(runtime::EventLoop& loop,
                                                                 std::string where,
                                                                 bool may_create) {
  if (where.starts_with("postgres://") || where.starts_with("postgresql://")) {
    co_return co_await sql::open_postgres(loop, {.url = std::move(where)}, {});
  }
  // Whoever writes tries again (try_again.h), and lets others have the one connection meanwhile.
  constexpr std::chrono::milliseconds kBusyTimeout{300};
  co_return co_await sql::open_sqlite(
      loop, {.path = std::move(where), .may_create = may_create, .busy_timeout = kBusyTimeout}, {});
}

Task<Result<std::unique_ptr<Store>>> Store::open(runtime::EventLoop& loop,
                                                 std::unique_ptr<sql::Database> database,
                                                 Retention retention, Duration patience,
                                                 const Log* log) {
  auto claimed = co_await database->claim(patience);
  if (!claimed) co_return fail(std::move(claimed.error()));
  auto migrated = co_await database->migrate(migrations(), log);
  if (!migrated) co_return fail(std::move(migrated.error()));
  co_return std::unique_ptr<Store>(new Store(loop, std::move(database), retention));
}

Task<Result<std::int64_t>> Store::cluster(std::string name) {
  const auto known = clusters_.find(name);
  if (known != clusters_.end()) co_return known->second;
  auto number = co_await number_cluster(*database_, name);
  if (number) clusters_.emplace(std::move(name), *number);
  co_return number;
}

Task<Result<void>> Store::for_all_clusters(ClusterWork work) {
  auto rows = co_await database_->run("SELECT id, name FROM clusters ORDER BY id");
  if (!rows) co_return fail(std::move(rows.error()));
  Result<void> all;
  for (const sql::Values& row : rows->rows) {
    const auto number = sql::get<std::int64_t>(row, 0);
    const auto name = sql::get<std::string>(row, 1);
    if (!number) co_return fail(number.error());
    if (!name) co_return fail(name.error());
    auto done = co_await (this->*work)(*number);
    if (done) continue;
    // Where the database is gone the others have no luck either.
    const bool is_gone = done.error().code == ErrorCode::kUnavailable;
    if (all) all = fail(std::move(done.error()).with_context("cluster " + *name));
    if (is_gone) break;
  }
  co_return all;
}

Task<Result<void>> Store::fold_cluster(std::int64_t cluster) {
  for (;;) {
    auto more = co_await fold_.step(cluster);
    if (!more) co_return fail(std::move(more.error()));
    if (!*more) co_return Result<void>();
  }
}

Task<Result<void>> Store::forget_cluster(std::int64_t cluster) {
  std::int64_t next = 1;
  while (next > 0) {
    auto step = co_await forget_.step(cluster, next);
    if (!step) co_return fail(std::move(step.error()));
    next = *step;
  }
  co_return Result<void>();
}

Task<Result<void>> Store::fold() {
  metrics_.deal_with_pending();
  co_return co_await for_all_clusters(&Store::fold_cluster);
}

Task<void> Store::rest_from_folding(Duration at_most) {
  co_await runtime::race(rest(loop_, at_most), until_much_is_pending(loop_, metrics_));
}

Task<Result<void>> Store::forget() {
  auto begun = co_await forget_.begin();
  if (!begun) co_return begun;
  co_return co_await for_all_clusters(&Store::forget_cluster);
}

}  // namespace seine::dive
