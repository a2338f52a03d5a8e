// SPDX-License-Identifier: Apache-2.0
// What holds for SQLite and PostgreSQL alike. Linked with a fixture of each.
#include "sql/database.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "sql/testing/database_fixture.h"

namespace seine::sql {
namespace {

using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Runs until somebody ends it.
constexpr std::string_view kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 - i FROM n) SELECT count(*) FROM n";

class DatabaseTest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> open(Limits limits = {}) {
    auto opened = fixture_->open(real_, limits);
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    return *std::move(opened);
  }
  Result<Rows> run(Database& database, std::string sql, Values values = {}) {
    return real_.run(database.run(std::move(sql), std::move(values)));
  }
  // Of what cannot fail in the test at hand.
  Rows must(Database& database, std::string sql, Values values = {}) {
    auto rows = run(database, std::move(sql), std::move(values));
    EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
    return rows.value_or(Rows{});
  }
  ErrorCode failure(Database& database, std::string sql, Values values = {}) {
    auto rows = run(database, std::move(sql), std::move(values));
    EXPECT_FALSE(rows.has_value());
    return rows ? ErrorCode::kInternal : rows.error().code;
  }
  void make_table(Database& database) {
    must(database, "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT NOT NULL)");
  }
  std::int64_t count(Database& database) {
    const Rows rows = must(database, "SELECT count(*) FROM t");
    return get<std::int64_t>(rows.rows.at(0), 0).value_or(-1);
  }

  testing::RealLoop real_;
  std::unique_ptr<testing::DatabaseFixture> fixture_ = testing::make_database_fixture();
};

Task<Result<void>> insert_and_commit(Database& database, std::int64_t id) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  auto done = co_await (*transaction)->run("INSERT INTO t VALUES ($1, 'x')", {id});
  if (!done) co_return fail(done.error());
  co_return co_await (*transaction)->commit();
}

Task<Result<void>> insert_and_drop(Database& database, std::int64_t id) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  auto done = co_await (*transaction)->run("INSERT INTO t VALUES ($1, 'x')", {id});
  if (!done) co_return fail(done.error());
  co_return Result<void>();
}

TEST_F(DatabaseTest, values_of_every_type_come_back_as_they_went_in) {
  auto database = open();
  must(*database, "CREATE TABLE v (i BIGINT, d DOUBLE PRECISION, t TEXT, b BYTEA, n BIGINT)");
  const std::vector<Values> rows = {
      {std::numeric_limits<std::int64_t>::min(), -0.5, "", Blob{}, Null{}},
      {std::numeric_limits<std::int64_t>::max(), 3.0, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9f",
       Blob{std::byte{0}, std::byte{255}, std::byte{0}}, Null{}},
      {0, std::numeric_limits<double>::infinity(), "'; DROP TABLE v; --", Blob(70'000), Null{}},
  };
  for (const Values& row : rows) {
    EXPECT_EQ(must(*database, "INSERT INTO v VALUES ($1, $2, $3, $4, $5)", row).changed, 1);
  }
  const Rows found = must(*database, "SELECT i, d, t, b, n FROM v ORDER BY length(t)");
  EXPECT_EQ(found.columns, (std::vector<std::string>{"i", "d", "t", "b", "n"}));
  ASSERT_EQ(found.rows.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found.rows[i], rows[i]) << i;
}

TEST_F(DatabaseTest, a_parameter_may_stand_twice_and_in_any_order) {
  auto database = open();
  const Rows rows = must(
      *database, "SELECT CAST($2 AS BIGINT) - CAST($1 AS BIGINT), CAST($2 AS BIGINT)", {3, 10});
  EXPECT_EQ(rows.rows.at(0), (Values{7, 10}));
}

TEST_F(DatabaseTest, changed_counts_the_rows_that_were_touched_and_no_others) {
  auto database = open();
  make_table(*database);
  EXPECT_EQ(must(*database, "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')").changed, 3);
  EXPECT_EQ(must(*database, "SELECT id FROM t").changed, 0);
  EXPECT_EQ(must(*database, "CREATE TABLE other (id BIGINT)").changed, 0);
  EXPECT_EQ(must(*database, "UPDATE t SET name = 'z' WHERE id > $1", {1}).changed, 2);
  EXPECT_EQ(must(*database, "DELETE FROM t WHERE id = 9").changed, 0);
  const Rows gone = must(*database, "DELETE FROM t WHERE id = 1 RETURNING name");
  EXPECT_EQ(gone.changed, 1);
  EXPECT_EQ(gone.rows.at(0).at(0), Value("a"));
}

TEST_F(DatabaseTest, text_sorts_by_bytes_where_asked_to_and_like_minds_case) {
  auto database = open();
  make_table(*database);
  must(*database, "INSERT INTO t VALUES (1, 'b'), (2, 'B'), (3, 'a'), (4, '\xc3\xa4')");
  const Rows rows = must(*database, "SELECT id FROM t ORDER BY name COLLATE \"C\"");
  EXPECT_EQ(rows.rows, (std::vector<Values>{{2}, {3}, {1}, {4}}));
  EXPECT_EQ(must(*database, "SELECT id FROM t WHERE name LIKE 'B%'").rows,
            (std::vector<Values>{{2}}));
}

TEST_F(DatabaseTest, what_was_committed_stays_and_what_was_dropped_never_was) {
  auto database = open();
  make_table(*database);
  EXPECT_TRUE(real_.run(insert_and_commit(*database, 1)).has_value());
  EXPECT_TRUE(real_.run(insert_and_drop(*database, 2)).has_value());
  EXPECT_EQ(count(*database), 1);
  database.reset();
  EXPECT_EQ(count(*open()), 1);
}

TEST_F(DatabaseTest, statements_and_their_errors_are_counted) {
  auto database = open();
  const Statistics before = database->statistics();
  must(*database, "SELECT 1");
  EXPECT_EQ(failure(*database, "SELEC 1"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(database->statistics().statements, before.statements + 2);
  EXPECT_EQ(database->statistics().errors, before.errors + 1);
  EXPECT_GT(database->statistics().busy, before.busy);
}

Task<Result<std::vector<ErrorCode>>> fail_in_transaction(Database& database) {
  std::vector<ErrorCode> seen;
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  auto first = co_await (*transaction)->run("INSERT INTO t VALUES (1, 'a')");
  if (!first) co_return fail(first.error());
  auto again = co_await (*transaction)->run("INSERT INTO t VALUES (1, 'b')");
  if (!again) seen.push_back(again.error().code);
  auto after = co_await (*transaction)->run("INSERT INTO t VALUES (2, 'b')");
  if (!after) seen.push_back(after.error().code);
  auto committed = co_await (*transaction)->commit();
  if (!committed) seen.push_back(committed.error().code);
  co_return seen;
}

TEST_F(DatabaseTest, a_transaction_in_which_something_failed_can_only_be_dropped) {
  auto database = open();
  make_table(*database);
  const auto seen = real_.run(fail_in_transaction(*database));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(*seen, (std::vector{ErrorCode::kConstraint, ErrorCode::kInvalidArgument,
                                ErrorCode::kInvalidArgument}));
  EXPECT_EQ(count(*database), 0);
}

TEST_F(DatabaseTest, constraints_are_told_apart_from_other_failures) {
  auto database = open();
  make_table(*database);
  must(*database, "CREATE TABLE child (id BIGINT REFERENCES t (id), n BIGINT CHECK (n > 0))");
  must(*database, "INSERT INTO t VALUES (1, 'a')");
  EXPECT_EQ(failure(*database, "INSERT INTO t VALUES (1, 'b')"), ErrorCode::kConstraint);
  EXPECT_EQ(failure(*database, "INSERT INTO t VALUES (2, $1)", {Null{}}), ErrorCode::kConstraint);
  EXPECT_EQ(failure(*database, "INSERT INTO child VALUES (7, 1)"), ErrorCode::kConstraint);
  EXPECT_EQ(failure(*database, "INSERT INTO child VALUES (1, 0)"), ErrorCode::kConstraint);
}

TEST_F(DatabaseTest, a_statement_that_is_wrong_is_the_callers_fault_and_harms_nobody) {
  auto database = open();
  make_table(*database);
  for (const std::string sql : {"SELEC 1", "SELECT * FROM nowhere", "SELECT \"name\" FROM nowhere",
                                "SELECT 1; DROP TABLE t", "INSERT INTO t VALUES ($1, $2)",
                                "SELECT \"no such column\" FROM t"}) {
    EXPECT_EQ(failure(*database, sql), ErrorCode::kInvalidArgument) << sql;
  }
  EXPECT_EQ(count(*database), 0);
}

Task<Result<Rows>> run_inside(Database& database, std::string sql) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  auto done = co_await (*transaction)->run("INSERT INTO t VALUES (1, 'x')");
  if (!done) co_return fail(done.error());
  co_return co_await (*transaction)->run(std::move(sql));
}

TEST_F(DatabaseTest, transactions_are_not_begun_or_ended_by_statements) {
  auto database = open();
  make_table(*database);
  EXPECT_EQ(failure(*database, "BEGIN"), ErrorCode::kInvalidArgument);
  const auto rows = real_.run(run_inside(*database, "ROLLBACK"));
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(count(*database), 0);
}

TEST_F(DatabaseTest, values_that_only_one_database_would_take_are_refused) {
  auto database = open({.max_value_bytes = 100});
  make_table(*database);
  const std::string insert = "INSERT INTO t VALUES (1, $1)";
  EXPECT_EQ(failure(*database, insert, {std::string("a\0b", 3)}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure(*database, insert, {"\xc3("}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure(*database, insert, {std::nan("")}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure(*database, insert, {std::string(101, 'x')}), ErrorCode::kLimit);
  EXPECT_EQ(must(*database, insert, {std::string(100, 'x')}).changed, 1);
}

TEST_F(DatabaseTest, a_result_over_a_limit_is_an_error_and_not_cut_short) {
  auto database = open({.max_rows = 10, .max_result_bytes = 500, .max_value_bytes = 300});
  make_table(*database);
  for (int i = 0; i < 10; ++i) must(*database, "INSERT INTO t VALUES ($1, 'x')", {i});
  EXPECT_EQ(must(*database, "SELECT id FROM t").rows.size(), 10U);
  EXPECT_EQ(failure(*database, "SELECT id FROM t UNION ALL SELECT 10"), ErrorCode::kLimit);
  const std::string text(250, 'x');
  must(*database, "UPDATE t SET name = $1 WHERE id = 1", {text});
  EXPECT_EQ(failure(*database, "SELECT a.name, b.name FROM t a JOIN t b ON a.id = b.id"),
            ErrorCode::kLimit);
  EXPECT_EQ(failure(*database, "SELECT name || name FROM t"), ErrorCode::kLimit);
  EXPECT_EQ(count(*database), 10);
}

Task<Result<void>> hold(Database& database, runtime::Waker& until) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  co_await until.wait();
  co_return co_await (*transaction)->commit();
}

Task<void> count_up(Task<Result<void>> task, int& done) {
  const auto result = co_await std::move(task);
  done += result ? 1 : 0;
}

TEST_F(DatabaseTest, those_who_wait_are_served_in_turn_and_one_too_many_is_refused) {
  auto database = open({.max_waiting = 3, .max_connections = 1});
  make_table(*database);
  runtime::Waker until(real_.loop);
  int done = 0;
  runtime::TaskScope scope(real_.loop, [](Error) {});
  scope.spawn(count_up(hold(*database, until), done));
  real_.pass(milliseconds(100));
  for (int i = 0; i < 3; ++i) scope.spawn(count_up(insert_and_commit(*database, i), done));
  real_.pass(milliseconds(50));
  EXPECT_EQ(database->pool().waiting(), 3U);
  EXPECT_EQ(failure(*database, "SELECT 1"), ErrorCode::kLimit);
  EXPECT_EQ(done, 0);
  until.on_wake();
  while (scope.size() > 0) real_.loop.run_turn(true);
  EXPECT_EQ(done, 4);
  EXPECT_EQ(count(*database), 3);
}

TEST_F(DatabaseTest, waiting_for_a_connection_has_a_deadline) {
  auto database = open({.max_connections = 1, .waiting_deadline = milliseconds(100)});
  runtime::Waker until(real_.loop);
  runtime::TaskScope scope(real_.loop, [](Error) {});
  scope.spawn(hold(*database, until));
  real_.pass(milliseconds(50));
  EXPECT_EQ(failure(*database, "SELECT 1"), ErrorCode::kTimeout);
}

TEST_F(DatabaseTest, a_statement_over_its_deadline_is_ended_and_the_next_one_runs) {
  auto database = open({.max_connections = 1, .statement_deadline = milliseconds(300)});
  EXPECT_EQ(failure(*database, std::string(kEndless)), ErrorCode::kTimeout);
  EXPECT_EQ(must(*database, "SELECT 1").rows.size(), 1U);
}

Task<Result<void>> insert_and_hang(Database& database) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  auto done = co_await (*transaction)->run("INSERT INTO t VALUES (1, 'lost')");
  if (!done) co_return fail(done.error());
  auto never = co_await (*transaction)->run(std::string(kEndless));
  if (!never) co_return fail(never.error());
  co_return co_await (*transaction)->commit();
}

TEST_F(DatabaseTest, destroying_a_task_in_the_middle_leaves_no_transaction_open) {
  auto database = open();
  auto other = open();
  make_table(*database);
  {
    runtime::TaskScope scope(real_.loop, [](Error) {});
    scope.spawn(insert_and_hang(*database));
    real_.pass(milliseconds(300));
    EXPECT_EQ(scope.size(), 1U);
  }
  // Somebody else gets the very row, once the server has noticed: within a second or two.
  EXPECT_TRUE(real_.run(insert_and_commit(*other, 1)).has_value());
  EXPECT_EQ(count(*database), 1);
}

TEST_F(DatabaseTest, a_task_may_be_destroyed_at_any_moment) {
  auto database = open({.max_connections = 2});
  make_table(*database);
  for (int turns = 0; turns < 60; ++turns) {
    runtime::TaskScope scope(real_.loop, [](Error) {});
    for (int i = 0; i < 3; ++i) scope.spawn(insert_and_commit(*database, turns * 3 + i));
    for (int i = 0; i < turns && scope.size() > 0; ++i) {
      real_.loop.run_turn(/*may_block=*/i % 8 == 7);
    }
  }
  EXPECT_TRUE(real_.run(insert_and_commit(*database, 1000)).has_value());
  EXPECT_EQ(must(*database, "SELECT id FROM t WHERE id = 1000").rows.size(), 1U);
  EXPECT_LE(database->pool().connections(), 2U);
  EXPECT_EQ(database->pool().waiting(), 0U);
}

TEST_F(DatabaseTest, more_texts_than_are_kept_prepared_run_all_the_same) {
  auto database = open({.max_connections = 1, .max_prepared = 3});
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 8; ++i) {
      const Rows rows = must(*database, "SELECT CAST($1 AS BIGINT) + " + std::to_string(i), {1});
      EXPECT_EQ(rows.rows.at(0).at(0), Value(i + 1));
    }
  }
}

TEST_F(DatabaseTest, a_prepared_statement_takes_parameters_of_other_types_later) {
  auto database = open();
  must(*database, "CREATE TABLE n (v BIGINT)");
  const std::string insert = "INSERT INTO n VALUES ($1)";
  EXPECT_EQ(must(*database, insert, {Null{}}).changed, 1);
  EXPECT_EQ(must(*database, insert, {5}).changed, 1);
  EXPECT_EQ(must(*database, insert, {Null{}}).changed, 1);
  EXPECT_EQ(must(*database, "SELECT v FROM n WHERE v IS NOT NULL").rows,
            (std::vector<Values>{{5}}));
}

TEST_F(DatabaseTest, a_table_that_changes_under_a_prepared_statement_costs_one_failure_at_most) {
  auto database = open({.max_connections = 1});
  make_table(*database);
  must(*database, "INSERT INTO t VALUES (1, 'a')");
  must(*database, "SELECT * FROM t");
  must(*database, "ALTER TABLE t ADD COLUMN more BIGINT");
  const auto first = run(*database, "SELECT * FROM t");
  if (!first) EXPECT_TRUE(first.error().retryable) << first.error().to_string();
  EXPECT_EQ(must(*database, "SELECT * FROM t").columns.size(), 3U);
}

TEST_F(DatabaseTest, one_has_the_database_alone_and_others_who_do_not_ask_still_use_it) {
  auto one = open();
  make_table(*one);
  EXPECT_TRUE(real_.run(one->claim({})).has_value());
  EXPECT_TRUE(real_.run(one->claim({})).has_value()) << "it is its own already";
  auto two = open();
  const auto refused = real_.run(two->claim(milliseconds(50)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message,
            "another process works on this database: end it first, or name another database");
  EXPECT_EQ(count(*two), 0);
  one.reset();
  EXPECT_TRUE(real_.run(two->claim(seconds(20))).has_value());
}

}  // namespace
}  // namespace seine::sql
