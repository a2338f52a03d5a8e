// SPDX-License-Identifier: Apache-2.0
#include "dive/store/store.h"

#include <utility>

#include "dive/store/clusters.h"
#include "dive/store/schema.h"
#include "sql/postgres.h"
#include "sql/sqlite.h"

namespace seine::dive {

using runtime::Task;

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
                                                 Retention retention) {
  auto migrated = co_await database->migrate(migrations());
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

Task<Result<std::vector<std::int64_t>>> Store::all_clusters() {
  auto rows = co_await database_->run("SELECT id FROM clusters ORDER BY id");
  if (!rows) co_return fail(std::move(rows.error()));
  std::vector<std::int64_t> numbers;
  for (const sql::Values& row : rows->rows) {
    const auto number = sql::get<std::int64_t>(row, 0);
    if (!number) co_return fail(number.error());
    numbers.push_back(*number);
  }
  co_return numbers;
}

Task<Result<void>> Store::fold() {
  auto numbers = co_await all_clusters();
  if (!numbers) co_return fail(std::move(numbers.error()));
  for (const std::int64_t number : *numbers) {
    for (;;) {
      auto more = co_await fold_.step(number);
      if (!more) co_return fail(std::move(more.error()));
      if (!*more) break;
    }
  }
  co_return Result<void>();
}

Task<Result<void>> Store::forget() {
  auto begun = co_await forget_.begin();
  if (!begun) co_return begun;
  auto numbers = co_await all_clusters();
  if (!numbers) co_return fail(std::move(numbers.error()));
  for (const std::int64_t number : *numbers) {
    std::int64_t next = 1;
    while (next > 0) {
      auto step = co_await forget_.step(number, next);
      if (!step) co_return fail(std::move(step.error()));
      next = *step;
    }
  }
  co_return Result<void>();
}

}  // namespace seine::dive
