// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres.h"

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "sql/testing/postgres_fixture.h"
#include "sql/testing/real_loop.h"

namespace seine::sql {
namespace {

using runtime::Task;
using std::chrono::milliseconds;

class PostgresTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Database>> open(std::string url, const Limits& limits = {}) {
    return real_.run(open_postgres(real_.loop, {.url = std::move(url)}, limits));
  }
  std::unique_ptr<Database> open_new(const Limits& limits = {}) {
    auto opened = open(testing::make_database(), limits);
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    return *std::move(opened);
  }
  Result<Rows> run(Database& database, std::string sql, Values values = {}) {
    return real_.run(database.run(std::move(sql), std::move(values)));
  }

  testing::RealLoop real_;
};

TEST_F(PostgresTest, a_url_that_is_none_is_bad_configuration_and_its_password_stays_secret) {
  const auto refused = open("postgres://me:hunter2@[::1/x");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
}

TEST_F(PostgresTest, a_server_or_database_that_is_not_there_is_told_at_once) {
  const auto nobody = open("host=/nonexistent user=seine dbname=x password=hunter2");
  ASSERT_FALSE(nobody.has_value());
  EXPECT_EQ(nobody.error().code, ErrorCode::kUnavailable) << nobody.error().to_string();
  EXPECT_EQ(nobody.error().message.find("hunter2"), std::string::npos);
  const auto missing = open(testing::shared_server().url("missing"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("\"missing\" does not exist"), std::string::npos)
      << missing.error().to_string();
}

TEST_F(PostgresTest, types_that_are_not_read_say_how_to_cast_them) {
  auto database = open_new();
  const auto refused = run(*database, "SELECT sum(x) FROM (VALUES (1::bigint)) AS t (x)");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("CAST"), std::string::npos);
  const auto small = run(*database, "SELECT 1::smallint, -2::integer, true, 1.5::real, 'x'::name");
  ASSERT_TRUE(small.has_value()) << small.error().to_string();
  EXPECT_EQ(small->rows.at(0), (Values{1, -2, 1, 1.5, "x"}));
}

TEST_F(PostgresTest, a_server_that_comes_back_is_found_again) {
  auto database = open_new({.waiting_deadline = milliseconds(500),
                            .first_backoff = milliseconds(10),
                            .last_backoff = milliseconds(50)});
  ASSERT_TRUE(run(*database, "CREATE TABLE t (id BIGINT)").has_value());
  testing::shared_server().stop();
  const auto lost = run(*database, "SELECT 1");
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable) << lost.error().to_string();
  ASSERT_TRUE(testing::shared_server().start_again().has_value());
  const auto found = run(*database, "INSERT INTO t VALUES (1)");
  EXPECT_TRUE(found.has_value()) << found.error().to_string();
}

Task<Result<void>> sleep_in_transaction(Database& database) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  auto slept = co_await (*transaction)->run("SELECT pg_sleep(60) IS NULL");
  if (!slept) co_return fail(slept.error());
  co_return Result<void>();
}

TEST_F(PostgresTest, who_has_a_database_alone_takes_it_again_from_a_server_that_comes_back) {
  const std::string url = testing::make_database();
  const auto one = real_.run(
      open_postgres(real_.loop, {.url = url},
                    {.waiting_deadline = milliseconds(500), .last_backoff = milliseconds(50)}));
  ASSERT_TRUE(one.has_value() && real_.run((*one)->claim({})).has_value());
  testing::shared_server().stop();
  ASSERT_TRUE(testing::shared_server().start_again().has_value());
  ASSERT_TRUE(real_.run((*one)->run("SELECT 1")).has_value());
  const auto two = real_.run(open_postgres(real_.loop, {.url = url}, {}));
  ASSERT_TRUE(two.has_value());
  EXPECT_FALSE(real_.run((*two)->claim({})).has_value());

  // Where another was faster, the first does nothing more.
  testing::shared_server().stop();
  ASSERT_TRUE(testing::shared_server().start_again().has_value());
  ASSERT_TRUE(real_.run((*two)->claim({})).has_value());
  const auto refused = real_.run((*one)->run("SELECT 1"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
}

TEST_F(PostgresTest, a_server_that_dies_during_a_statement_fails_it) {
  auto database = open_new();
  std::optional<Error> seen;
  runtime::TaskScope scope(real_.loop, [&seen](Error error) { seen = std::move(error); });
  scope.spawn(sleep_in_transaction(*database));
  real_.pass(milliseconds(200));
  testing::shared_server().stop();
  while (scope.size() > 0) real_.loop.run_turn(true);
  ASSERT_TRUE(testing::shared_server().start_again().has_value());
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->code, ErrorCode::kUnavailable) << seen->to_string();
}

TEST_F(PostgresTest, the_pool_grows_to_its_size_and_no_further) {
  auto database = open_new({.max_connections = 3});
  runtime::TaskScope scope(real_.loop, [](Error) {});
  for (int i = 0; i < 6; ++i) scope.spawn(sleep_in_transaction(*database));
  real_.pass(milliseconds(500));
  EXPECT_EQ(database->pool().connections(), 3U);
  EXPECT_EQ(database->pool().waiting(), 3U);
  scope.cancel();
  EXPECT_EQ(database->pool().connections(), 0U);
  EXPECT_TRUE(run(*database, "SELECT 1").has_value());
}

// Each reads what the other writes: one of them would be wrong afterwards.
Task<Result<void>> move_sum(Database& database, std::int64_t from, std::int64_t to,
                            runtime::Waker& both_read, int& readers) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  auto sum =
      co_await (*transaction)->run("SELECT CAST(sum(v) AS BIGINT) FROM t WHERE kind = $1", {from});
  if (!sum) co_return fail(sum.error());
  if (++readers == 2) {
    both_read.on_wake();
  } else {
    co_await both_read.wait();
  }
  auto wrote =
      co_await (*transaction)->run("INSERT INTO t VALUES ($1, $2)", {to, sum->rows.at(0).at(0)});
  if (!wrote) co_return fail(wrote.error());
  co_return co_await (*transaction)->commit();
}

TEST_F(PostgresTest, of_two_transactions_that_cross_one_is_told_to_try_again) {
  auto database = open_new();
  ASSERT_TRUE(run(*database, "CREATE TABLE t (kind BIGINT, v BIGINT)").has_value());
  ASSERT_TRUE(run(*database, "INSERT INTO t VALUES (1, 10), (2, 20)").has_value());
  runtime::Waker both_read(real_.loop);
  int readers = 0;
  const auto [a, b] = real_.run(runtime::all(move_sum(*database, 1, 2, both_read, readers),
                                             move_sum(*database, 2, 1, both_read, readers)));
  ASSERT_NE(a.has_value(), b.has_value());
  const Error error = a ? b.error() : a.error();
  EXPECT_EQ(error.code, ErrorCode::kDatabaseBusy) << error.to_string();
  EXPECT_TRUE(error.retryable);
}

TEST_F(PostgresTest, results_and_parameters_of_megabytes_pass) {
  auto database = open_new();
  const Blob large(6 * 1024 * 1024, std::byte{7});
  const auto back = run(*database, "SELECT CAST($1 AS BYTEA)", {large});
  ASSERT_TRUE(back.has_value()) << back.error().to_string();
  EXPECT_EQ(back->rows.at(0).at(0), Value(large));
}

}  // namespace
}  // namespace seine::sql
