// SPDX-License-Identifier: Apache-2.0
// Database::migrate(). What was done is told by the table seine_migrations, one row a migration.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "runtime/combine.h"
#include "sql/database.h"

namespace seine::sql {

using runtime::Task;

namespace {

// Any number will do, as long as every version of ours uses the same.
constexpr std::int64_t kMigrationLock = 0x5e17e0001;
constexpr Duration kBusyPause = std::chrono::milliseconds(100);

Error newer_error(std::int64_t version, std::size_t known) {
  return make_error(ErrorCode::kInvalidConfig,
                    "the database is of version " + std::to_string(version) +
                        " and this program knows versions up to " + std::to_string(known) +
                        ": run the newer program, or restore a backup that is older");
}

// What the database says of its past against what this program knows of it. The number of
// migrations that are done.
Result<std::size_t> compare(const Rows& done, std::span<const Migration> known) {
  for (std::size_t i = 0; i < done.rows.size(); ++i) {
    const auto number = get<std::int64_t>(done.rows[i], 0);
    const auto name = get<std::string>(done.rows[i], 1);
    if (!number) return fail(number.error());
    if (!name) return fail(name.error());
    if (i >= known.size()) {
      const auto last = get<std::int64_t>(done.rows.back(), 0);
      return fail(newer_error(last.value_or(*number), known.size()));
    }
    if (*number != known[i].number || *name != known[i].name) {
      return fail(ErrorCode::kInvalidConfig,
                  "the database is not this program's: its migration " + std::to_string(*number) +
                      " is \"" + *name + "\" and not \"" + std::string(known[i].name) + "\"");
    }
  }
  return done.rows.size();
}

// For a process that holds the database: not for ever, and not in silence.
class LockWait {
 public:
  LockWait(runtime::EventLoop& loop, const Limits& limits, const Log* log)
      : loop_(loop), limits_(limits), log_(log) {}

  // So many migrations are done. Whoever holds the lock and does them is waited for.
  void see(std::size_t done) {
    if (done_ != done) since_.reset();
    done_ = done;
  }
  // Nothing could be begun, for this reason. An error: that has lasted too long.
  Result<void> bear(Error busy) {
    const TimePoint now = loop_.now();
    if (!since_) since_ = now;
    const Duration waited = now - *since_;
    if (waited >= limits_.migration_lock_deadline) {
      return fail(
          std::move(busy).with_context("the schema could not be brought up to date within " +
                                       format_duration(limits_.migration_lock_deadline)));
    }
    if (log_ != nullptr && !is_told_ && waited >= limits_.migration_lock_told_after) {
      is_told_ = true;
      log_warn(*log_,
               "another process holds the database, whose schema is to be brought up to "
               "date: end that process",
               {{"reason", busy.to_string()},
                {"gives_up_after", format_duration(limits_.migration_lock_deadline)}});
    }
    return {};
  }

 private:
  runtime::EventLoop& loop_;
  const Limits& limits_;
  const Log* const log_;
  std::size_t done_ = 0;
  std::optional<TimePoint> since_;
  bool is_told_ = false;
};

}  // namespace

Task<Result<std::size_t>> Database::count_migrations(std::span<const Migration> known) {
  auto tables = co_await run(
      dialect() == Dialect::kSqlite
          ? "SELECT count(*) FROM sqlite_master WHERE name = 'seine_migrations'"
          : "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('seine_migrations')");
  if (!tables) co_return fail(std::move(tables.error()));
  const auto found = get<std::int64_t>(tables->rows.at(0), 0);
  if (!found) co_return fail(found.error());
  if (*found == 0) co_return std::size_t{0};
  auto done = co_await run("SELECT number, name FROM seine_migrations ORDER BY number");
  if (!done) co_return fail(std::move(done.error()));
  co_return compare(*done, known);
}

Task<Result<void>> Database::migrate(std::span<const Migration> known, const Log* log) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    SEINE_CHECK(known[i].number == static_cast<int>(i) + 1, "migrations are numbered from 1");
  }
  co_return co_await runtime::with_deadline(loop_, limits_.migration_deadline, ErrorCode::kTimeout,
                                            "migrating the database", migrate_all(known, log));
}

Task<Result<void>> Database::migrate_all(std::span<const Migration> known, const Log* log) {
  LockWait wait(loop_, limits_, log);
  for (;;) {
    const auto done = co_await count_migrations(known);
    if (done && *done == known.size()) co_return Result<void>();
    Result<void> more;
    if (done) {
      wait.see(*done);
      more = co_await migrate_next(known);
      if (more) continue;
    } else {
      more = fail(done.error());
    }
    if (more.error().code != ErrorCode::kDatabaseBusy) co_return more;
    if (auto waited = wait.bear(std::move(more.error())); !waited) co_return waited;
    co_await runtime::sleep_for(loop_, kBusyPause);
  }
}

// Under the lock: the next migration that is not done, if there is one still.
Task<Result<void>> Database::migrate_next(std::span<const Migration> known) {
  // PostgreSQL's snapshot has to be younger than the lock, so a new one for each statement.
  const bool sqlite = dialect() == Dialect::kSqlite;
  auto begun =
      co_await begin_as(sqlite ? "BEGIN IMMEDIATE" : "BEGIN ISOLATION LEVEL READ COMMITTED");
  if (!begun) co_return fail(std::move(begun.error()));
  Transaction& transaction = **begun;
  const Duration deadline = limits_.migration_deadline;
  if (!sqlite) {
    auto locked = co_await transaction.run_within(
        deadline, "SELECT pg_advisory_xact_lock($1) IS NULL", {kMigrationLock});
    if (!locked) co_return fail(std::move(locked.error()));
  }
  auto table = co_await transaction.run(
      "CREATE TABLE IF NOT EXISTS seine_migrations (number BIGINT PRIMARY KEY, name TEXT NOT "
      "NULL)");
  if (!table) co_return fail(std::move(table.error()));
  auto done = co_await transaction.run("SELECT number, name FROM seine_migrations ORDER BY number");
  if (!done) co_return fail(std::move(done.error()));
  const auto next = compare(*done, known);
  if (!next) co_return fail(next.error());
  if (*next == known.size()) co_return Result<void>();
  const Migration& migration = known[*next];
  const std::string subject =
      "migration " + std::to_string(migration.number) + " (" + std::string(migration.name) + ")";
  for (const Change& change : migration.changes) {
    const std::string_view text = sqlite ? change.sqlite : change.postgres;
    if (text.empty()) continue;
    auto changed = co_await transaction.run_within(deadline, std::string(text), {});
    if (!changed) co_return fail(std::move(changed.error()).with_context(subject));
  }
  auto noted =
      co_await transaction.run("INSERT INTO seine_migrations (number, name) VALUES ($1, $2)",
                               {std::int64_t{migration.number}, std::string(migration.name)});
  if (!noted) co_return fail(std::move(noted.error()));
  auto committed = co_await transaction.commit();
  if (!committed) co_return fail(std::move(committed.error()).with_context(subject));
  co_return Result<void>();
}

}  // namespace seine::sql
