// SPDX-License-Identifier: Apache-2.0
// Migrations, against SQLite and PostgreSQL alike.
#include <memory>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "sql/testing/database_fixture.h"

namespace seine::sql {
namespace {

using runtime::Task;

std::vector<Migration> history(int length) {
  std::vector<Migration> all = {
      {1, "first", {"CREATE TABLE a (id BIGINT PRIMARY KEY)", "INSERT INTO a VALUES (1)"}},
      {2, "dialects", {{"INSERT INTO a VALUES (20)", "INSERT INTO a VALUES (21)"}, {"", ""}}},
      {3, "third", {"UPDATE a SET id = id + 100"}},
  };
  all.resize(static_cast<std::size_t>(length), all.front());
  return all;
}

class MigrateTest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> open() {
    auto opened = fixture_->open(real_, {});
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    return *std::move(opened);
  }
  Result<void> migrate(Database& database, const std::vector<Migration>& known) {
    return real_.run(database.migrate(known));
  }
  std::vector<Values> ids(Database& database) {
    auto rows = real_.run(database.run("SELECT id FROM a ORDER BY id"));
    EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
    return rows.value_or(Rows{}).rows;
  }

  testing::RealLoop real_;
  std::unique_ptr<testing::DatabaseFixture> fixture_ = testing::make_database_fixture();
};

TEST_F(MigrateTest, each_migration_runs_once_in_order_and_in_the_words_of_the_database) {
  auto database = open();
  EXPECT_TRUE(migrate(*database, history(2)).has_value());
  const std::int64_t second = database->dialect() == Dialect::kSqlite ? 20 : 21;
  EXPECT_EQ(ids(*database), (std::vector<Values>{{1}, {second}}));
  EXPECT_TRUE(migrate(*database, history(2)).has_value());
  EXPECT_TRUE(migrate(*database, history(3)).has_value());
  EXPECT_TRUE(migrate(*open(), history(3)).has_value());
  EXPECT_EQ(ids(*database), (std::vector<Values>{{101}, {second + 100}}));
}

TEST_F(MigrateTest, a_database_of_a_newer_version_is_refused_with_one_sentence) {
  auto database = open();
  EXPECT_TRUE(migrate(*database, history(3)).has_value());
  const auto older = migrate(*database, history(1));
  ASSERT_FALSE(older.has_value());
  EXPECT_EQ(older.error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(older.error().message,
            "the database is of version 3 and this program knows versions up to 1: run the newer "
            "program, or restore a backup that is older");
}

TEST_F(MigrateTest, a_database_with_another_past_is_refused) {
  auto database = open();
  EXPECT_TRUE(migrate(*database, history(1)).has_value());
  std::vector<Migration> other = history(2);
  other[0].name = "of another program";
  const auto refused = migrate(*database, other);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(ids(*database).size(), 1U);
}

TEST_F(MigrateTest, a_migration_that_fails_leaves_nothing_and_keeps_those_before_it) {
  auto database = open();
  std::vector<Migration> broken = history(2);
  broken[1].changes = {"INSERT INTO a VALUES (2)", "CREATE TABLE b (id BIGINT)", "NONSENSE"};
  const auto failed = migrate(*database, broken);
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(failed.error().message.starts_with("migration 2 (dialects): "))
      << failed.error().message;
  EXPECT_EQ(ids(*database), (std::vector<Values>{{1}}));
  EXPECT_TRUE(migrate(*database, history(3)).has_value());
}

TEST_F(MigrateTest, of_two_that_migrate_at_once_each_migration_is_done_by_one) {
  auto one = open();
  auto two = open();
  const auto known = history(3);
  const auto both = real_.run(runtime::all(one->migrate(known), two->migrate(known)));
  EXPECT_TRUE(both.first.has_value()) << both.first.error().to_string();
  EXPECT_TRUE(both.second.has_value()) << both.second.error().to_string();
  EXPECT_EQ(ids(*one).size(), 2U);
}

}  // namespace
}  // namespace seine::sql
