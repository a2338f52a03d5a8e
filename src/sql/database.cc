// SPDX-License-Identifier: Apache-2.0
#include "sql/database.h"

#include <utility>

#include "runtime/combine.h"

namespace seine::sql {

using runtime::Task;

namespace {

constexpr Duration kClaimPause = std::chrono::milliseconds(100);

// SQLite takes the lock to write at once: a transaction that reads first and writes later would
// otherwise fail where another process wrote between.
std::string begin_text(Dialect dialect) {
  return dialect == Dialect::kSqlite ? "BEGIN IMMEDIATE" : "BEGIN ISOLATION LEVEL SERIALIZABLE";
}

Task<Result<Rows>> run_on(runtime::EventLoop& loop, Statistics& statistics, Connection& connection,
                          Duration deadline, std::string sql, Values values) {
  ++statistics.statements;
  const TimePoint begun = loop.clock().now();
  auto rows = co_await runtime::with_deadline(loop, deadline, ErrorCode::kTimeout,
                                              "the statement was given up",
                                              connection.run(std::move(sql), std::move(values)));
  statistics.busy += loop.clock().now() - begun;  // a statement may end in the turn it began
  if (!rows) ++statistics.errors;
  co_return rows;
}

Error over_error() {
  return make_error(ErrorCode::kInvalidArgument,
                    "the transaction is over: it was committed, or a statement of it failed");
}

}  // namespace

Transaction::Transaction(runtime::EventLoop& loop, const Limits& limits, Statistics& statistics,
                         Pool::Lease connection)
    : loop_(loop), limits_(limits), statistics_(statistics), connection_(std::move(connection)) {}

Task<Result<Rows>> Transaction::run(std::string sql, Values values) {
  co_return co_await run_within(limits_.statement_deadline, std::move(sql), std::move(values));
}

Task<Result<Rows>> Transaction::run_within(Duration deadline, std::string sql, Values values) {
  if (over_) co_return fail(over_error());
  over_ = true;
  if (Result<void> fit = check_values(values, limits_.max_value_bytes); !fit) {
    co_return fail(std::move(fit.error()));
  }
  auto rows = co_await run_on(loop_, statistics_, *connection_, deadline, std::move(sql),
                              std::move(values));
  if (rows && !connection_->in_transaction()) {
    co_return fail(ErrorCode::kInvalidArgument, "a statement may not end the transaction it is in");
  }
  over_ = !rows.has_value();
  co_return rows;
}

Task<Result<void>> Transaction::commit() {
  if (over_) co_return fail(over_error());
  over_ = true;
  auto rows =
      co_await run_on(loop_, statistics_, *connection_, limits_.statement_deadline, "COMMIT", {});
  if (!rows) co_return fail(std::move(rows.error()));
  co_return Result<void>();
}

Task<Result<Rows>> Database::run(std::string sql, Values values) {
  if (Result<void> fit = check_values(values, limits_.max_value_bytes); !fit) {
    co_return fail(std::move(fit.error()));
  }
  auto connection = co_await pool_.acquire();
  if (!connection) co_return fail(std::move(connection.error()));
  auto rows = co_await run_on(loop_, statistics_, **connection, limits_.statement_deadline,
                              std::move(sql), std::move(values));
  if (rows && (*connection)->in_transaction()) {
    co_return fail(ErrorCode::kInvalidArgument, "transactions are begun with begin()");
  }
  co_return rows;
}

Task<Result<std::unique_ptr<Transaction>>> Database::begin() {
  co_return co_await begin_as(begin_text(dialect()));
}

Task<Result<std::unique_ptr<Transaction>>> Database::begin_reading() {
  co_return co_await begin_as(dialect() == Dialect::kSqlite
                                  ? "BEGIN DEFERRED"
                                  : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Task<Result<std::unique_ptr<Transaction>>> Database::begin_as(std::string sql) {
  auto connection = co_await pool_.acquire();
  if (!connection) co_return fail(std::move(connection.error()));
  auto begun = co_await run_on(loop_, statistics_, **connection, limits_.statement_deadline,
                               std::move(sql), {});
  if (!begun) co_return fail(std::move(begun.error()));
  co_return std::make_unique<Transaction>(loop_, limits_, statistics_, *std::move(connection));
}

Task<Result<void>> Database::claim(Duration patience) {
  const TimePoint last = loop_.now() + patience;
  for (;;) {
    const auto claimed =
        co_await runtime::with_deadline(loop_, limits_.statement_deadline, ErrorCode::kTimeout,
                                        "asking for the database alone", pool_.claim());
    if (!claimed) co_return fail(claimed.error());
    if (*claimed) co_return Result<void>();
    if (loop_.now() >= last) {
      co_return fail(ErrorCode::kUnavailable,
                     "another process works on this database: end it first, or name another "
                     "database");
    }
    co_await runtime::sleep_for(loop_, kClaimPause);
  }
}

}  // namespace seine::sql
