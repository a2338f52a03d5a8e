// SPDX-License-Identifier: Apache-2.0
// A database, SQLite or PostgreSQL, behind one interface on one loop.
//
//   auto database = co_await open_sqlite(loop, {.path = "dive.db"}, {});
//   auto rows = co_await (*database)->run("SELECT name FROM t WHERE id = $1", {std::int64_t{7}});
//
//   auto transaction = co_await (*database)->begin();
//   co_await (*transaction)->run("INSERT INTO t (id, name) VALUES ($1, $2)", {1, "web"});
//   co_await (*transaction)->commit();   // or drop it: nothing of it happened
//
// One spelling of SQL for both, and what it takes is in docs/internals/sql.md: parameters are $1,
// $2, ...; types BIGINT, DOUBLE PRECISION, TEXT, BYTEA; text sorts by bytes with COLLATE "C".
//
// Transactions are serializable. Tasks and transactions die before the database they belong to.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/connection.h"
#include "sql/limits.h"
#include "sql/migration.h"
#include "sql/pool.h"
#include "sql/value.h"

namespace seine {
class Log;
}

namespace seine::sql {

// Errors of everything that runs a statement, with a sentence about what to do where there is
// something to do:
//   kInvalidArgument  the statement or a parameter is wrong
//   kConstraint       a unique, foreign, check or not-null constraint refused it
//   kDatabaseBusy     somebody else holds a lock, or two transactions crossed: retryable, whole
//   kDatabaseFull, kDatabaseCorrupt
//   kUnavailable      the database is gone; where it went during a statement outside a transaction,
//                     or during commit(), that may have happened or not
//   kLimit, kTimeout  a limit of limits.h
// What a database was asked since it was opened; for whoever shows it.
struct Statistics {
  std::uint64_t statements = 0;  // begin and commit are statements too
  std::uint64_t errors = 0;      // of statements
  Duration busy{};               // the time they took, added up
};

class Transaction {
 public:
  // What begin() of a database gives out.
  Transaction(runtime::EventLoop& loop, const Limits& limits, Statistics& statistics,
              Pool::Lease connection);
  // Without commit() before it: nothing of it happened. Waits for nothing, the pool does the rest.
  ~Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // After an error, or a statement that was cancelled, the transaction can only be dropped: every
  // further call returns an error. (PostgreSQL asks for it, and so both do it.) A conflict that is
  // expected belongs into the statement, as ON CONFLICT.
  runtime::Task<Result<Rows>> run(std::string sql, Values values = {});
  runtime::Task<Result<void>> commit();

 private:
  friend class Database;
  runtime::Task<Result<Rows>> run_within(Duration deadline, std::string sql, Values values);

  runtime::EventLoop& loop_;
  const Limits& limits_;
  Statistics& statistics_;
  bool over_ = false;  // committed, failed, or a statement is under way
  Pool::Lease connection_;
};

class Database {
 public:
  Database(runtime::EventLoop& loop, std::unique_ptr<Connector> connector, const Limits& limits)
      : loop_(loop), limits_(limits), pool_(loop, std::move(connector), limits) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Connects once. The openers below do it.
  runtime::Task<Result<void>> open() { co_return co_await pool_.open(); }

  // One statement, by itself: all of it happens or nothing.
  runtime::Task<Result<Rows>> run(std::string sql, Values values = {});
  // Waits for a connection, and for SQLite for everyone before.
  runtime::Task<Result<std::unique_ptr<Transaction>>> begin();
  // One that only reads, all of it at one moment. For SQLite it neither waits for another process
  // that writes nor keeps one from writing.
  runtime::Task<Result<std::unique_ptr<Transaction>>> begin_reading();

  // Takes the database for this one alone, until it dies: for who keeps in memory what is in it.
  // Others still read and write who do not ask. Waits so long for one that is going. Error
  // kUnavailable, in one sentence: somebody else has it.
  runtime::Task<Result<void>> claim(Duration patience);

  // How many of `known` the database has, without changing anything. Errors as of migrate().
  runtime::Task<Result<std::size_t>> count_migrations(std::span<const Migration> known);
  // Brings the schema to the last of `known`, which are in order and numbered from 1. Each runs
  // once in the life of the database, in a transaction; of processes that try at once one does it
  // and the others wait. A database that has them all is only read, whoever writes to it meanwhile;
  // `log` is told where another process keeps one from beginning. Errors: kInvalidConfig where the
  // database is of a newer version or its past is another than `known`, in one sentence;
  // kDatabaseBusy where another process does not let go of it; else the error of the migration,
  // named.
  runtime::Task<Result<void>> migrate(std::span<const Migration> known, const Log* log = nullptr);

  Dialect dialect() const { return pool_.dialect(); }
  const Pool& pool() const { return pool_; }
  const Statistics& statistics() const { return statistics_; }
  const Limits& limits() const { return limits_; }

 private:
  runtime::Task<Result<std::unique_ptr<Transaction>>> begin_as(std::string sql);
  runtime::Task<Result<void>> migrate_all(std::span<const Migration> known, const Log* log);
  runtime::Task<Result<void>> migrate_next(std::span<const Migration> known);

  runtime::EventLoop& loop_;
  const Limits limits_;
  Statistics statistics_;
  Pool pool_;
};

}  // namespace seine::sql
