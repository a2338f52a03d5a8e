// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include "gtest/gtest.h"

#include "base/descriptor.h"
#include "base/file.h"
#include "base/log.h"
#include "base/temporary_folder.h"
#include "sql/testing/real_loop.h"

namespace seine::sql {
namespace {

using std::chrono::milliseconds;

class SqliteTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Database>> open(SqliteOptions options = {}, const Limits& limits = {}) {
    if (options.path.empty()) options.path = path_;
    return real_.run(open_sqlite(real_.loop, std::move(options), limits));
  }
  Result<Rows> run(Database& database, std::string sql, Values values = {}) {
    return real_.run(database.run(std::move(sql), std::move(values)));
  }
  static unsigned mode_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777U : 0U;
  }

  testing::RealLoop real_;
  TemporaryFolder folder_ = *TemporaryFolder::make("sql-sqlite");
  const std::string path_ = folder_.path() + "/test.db";
};

TEST_F(SqliteTest, its_files_are_for_their_owner_alone) {
  auto database = open();
  ASSERT_TRUE(database.has_value()) << database.error().to_string();
  ASSERT_TRUE(run(**database, "CREATE TABLE t (id BIGINT)").has_value());
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(path_ + suffix), 0600U);
}

TEST_F(SqliteTest, a_file_that_others_could_read_no_longer_can_be) {
  ASSERT_TRUE(create_file(path_, "", 0644).has_value());
  ASSERT_TRUE(open().has_value());
  EXPECT_EQ(mode_of(path_), 0600U);
}

TEST_F(SqliteTest, a_commit_is_on_the_disk_before_anybody_hears_of_it) {
  auto database = open();
  ASSERT_TRUE(database.has_value());
  EXPECT_EQ(run(**database, "PRAGMA journal_mode")->rows.at(0).at(0), Value("wal"));
  EXPECT_EQ(run(**database, "PRAGMA synchronous")->rows.at(0).at(0), Value(2));
}

TEST_F(SqliteTest, what_is_no_database_is_refused_and_left_as_it_is) {
  const std::string text(5000, 'x');
  ASSERT_TRUE(create_file(path_, text, 0600).has_value());
  const auto refused = open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kDatabaseCorrupt) << refused.error().to_string();
  EXPECT_EQ(read_file(path_, 10'000).value_or(""), text);
}

TEST_F(SqliteTest, a_path_that_cannot_be_a_file_is_bad_configuration) {
  EXPECT_EQ(open({.path = folder_.path()}).error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(open({.path = folder_.path() + "/no/such.db"}).error().code, ErrorCode::kInvalidConfig);
}

TEST_F(SqliteTest, a_page_that_was_overwritten_is_told_as_corruption) {
  {
    auto database = open();
    ASSERT_TRUE(database.has_value());
    ASSERT_TRUE(run(**database, "CREATE TABLE t (id BIGINT, name TEXT)").has_value());
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(
          run(**database, "INSERT INTO t VALUES ($1, $2)", {i, std::string(500, 'x')}).has_value());
    }
  }
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(4096, '\x7f');
  }
  auto database = open();
  ASSERT_TRUE(database.has_value()) << database.error().to_string();
  const auto rows = run(**database, "SELECT * FROM t");
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::kDatabaseCorrupt) << rows.error().to_string();
}

TEST_F(SqliteTest, a_database_that_may_not_grow_further_says_that_it_is_full) {
  auto database = open({.max_bytes = 64 * 4096});
  ASSERT_TRUE(database.has_value());
  ASSERT_TRUE(run(**database, "CREATE TABLE t (b BYTEA)").has_value());
  const auto refused = run(**database, "INSERT INTO t VALUES ($1)", {Blob(100 * 4096)});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kDatabaseFull) << refused.error().to_string();
  EXPECT_TRUE(run(**database, "INSERT INTO t VALUES ($1)", {Blob(4096)}).has_value());
}

runtime::Task<Result<void>> hold(Database& database, runtime::Waker& until) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(transaction.error());
  co_await until.wait();
  co_return Result<void>();
}

TEST_F(SqliteTest, a_lock_that_somebody_keeps_is_told_as_busy_and_may_be_tried_again) {
  auto holder = open();
  auto other = open({.busy_timeout = milliseconds(50)});
  ASSERT_TRUE(holder.has_value() && other.has_value());
  runtime::Waker until(real_.loop);
  runtime::TaskScope scope(real_.loop, [](Error) {});
  scope.spawn(hold(**holder, until));
  real_.pass(milliseconds(50));
  const auto refused = real_.run((*other)->begin());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kDatabaseBusy) << refused.error().to_string();
  EXPECT_TRUE(refused.error().retryable);
  scope.cancel();
  EXPECT_TRUE(real_.run((*other)->begin()).has_value());
}

TEST_F(SqliteTest, whoever_waits_for_a_lock_can_be_given_up_at_once) {
  auto holder = open();
  auto other = open({.busy_timeout = std::chrono::minutes(10)});
  ASSERT_TRUE(holder.has_value() && other.has_value());
  runtime::Waker until(real_.loop);
  runtime::TaskScope scope(real_.loop, [](Error) {});
  scope.spawn(hold(**holder, until));
  real_.pass(milliseconds(50));
  scope.spawn(hold(**other, until));
  real_.pass(milliseconds(50));
  const TimePoint before = real_.clock.now();
  scope.cancel();
  other->reset();
  EXPECT_LT(real_.clock.now() - before, std::chrono::seconds(5));
}

TEST_F(SqliteTest, a_file_that_was_removed_is_missed_and_not_made_anew) {
  auto database = open({}, {.waiting_deadline = milliseconds(300)});
  ASSERT_TRUE(database.has_value());
  ASSERT_TRUE(run(**database, "CREATE TABLE t (id BIGINT)").has_value());
  const std::string aside = folder_.path() + "/aside.db";
  std::filesystem::copy_file(path_, aside);
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  for (int i = 0; i < 2; ++i) {
    const auto lost = run(**database, "INSERT INTO t VALUES (1)");
    ASSERT_FALSE(lost.has_value());
    EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable) << lost.error().to_string();
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteTest, a_missing_file_is_made_only_where_that_is_wanted) {
  const auto refused = open({.may_create = false});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << refused.error().to_string();
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_TRUE(open().has_value());
  EXPECT_TRUE(open({.may_create = false}).has_value());
}

TEST_F(SqliteTest, whoever_reads_goes_on_while_another_process_writes_and_the_other_way_round) {
  auto holder = open();
  auto reader = open({.busy_timeout = milliseconds(0)});
  ASSERT_TRUE(holder.has_value() && reader.has_value());
  ASSERT_TRUE(run(**holder, "CREATE TABLE t (id BIGINT)").has_value());
  auto writing = real_.run((*holder)->begin());
  ASSERT_TRUE(writing.has_value());
  ASSERT_TRUE(real_.run((*writing)->run("INSERT INTO t VALUES (1)")).has_value());
  auto reading = real_.run((*reader)->begin_reading());
  ASSERT_TRUE(reading.has_value()) << reading.error().to_string();
  EXPECT_TRUE(real_.run((*reading)->run("SELECT id FROM t"))->rows.empty());
  EXPECT_TRUE(real_.run((*writing)->commit()).has_value());
  EXPECT_TRUE(real_.run((*reading)->run("SELECT id FROM t"))->rows.empty()) << "one moment";
  reading->reset();
  EXPECT_EQ(run(**reader, "SELECT id FROM t")->rows.size(), 1U);
}

const std::vector<Migration> kTwo = {{1, "first", {"CREATE TABLE a (id BIGINT)"}},
                                     {2, "second", {"INSERT INTO a VALUES (7)"}}};

TEST_F(SqliteTest, a_schema_that_is_up_to_date_is_taken_while_another_process_writes) {
  auto holder = open();
  ASSERT_TRUE(holder.has_value());
  ASSERT_TRUE(real_.run((*holder)->migrate(kTwo)).has_value());
  auto writing = real_.run((*holder)->begin());
  ASSERT_TRUE(writing.has_value());
  auto database = open({.busy_timeout = milliseconds(0)}, {.migration_lock_deadline = {}});
  ASSERT_TRUE(database.has_value()) << database.error().to_string();
  const auto migrated = real_.run((*database)->migrate(kTwo));
  EXPECT_TRUE(migrated.has_value()) << migrated.error().to_string();
}

TEST_F(SqliteTest, a_migration_waits_not_long_for_another_process_and_says_so_before) {
  auto holder = open();
  ASSERT_TRUE(holder.has_value());
  ASSERT_TRUE(real_.run((*holder)->migrate(std::span(kTwo).first(1))).has_value());
  auto writing = real_.run((*holder)->begin());
  ASSERT_TRUE(writing.has_value());
  const std::string log_path = folder_.path() + "/log";
  const Descriptor file(::open(log_path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  const Log log(real_.clock, file.get(), LogLevel::kInfo, LogFormat::kPlain);
  auto database =
      open({.busy_timeout = milliseconds(0)}, {.migration_deadline = std::chrono::seconds(20),
                                               .migration_lock_deadline = milliseconds(400),
                                               .migration_lock_told_after = milliseconds(100)});
  ASSERT_TRUE(database.has_value());
  const auto refused = real_.run((*database)->migrate(kTwo, &log));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kDatabaseBusy);
  EXPECT_EQ(refused.error().message,
            "the schema could not be brought up to date within 400ms: database " + path_ +
                " is locked by another process; try again, and see who else has it open");
  std::ifstream lines(log_path);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_NE(line.find("another process holds the database"), std::string::npos) << line;
  EXPECT_NE(line.find("gives_up_after=\"400ms\""), std::string::npos) << line;
  EXPECT_FALSE(std::getline(lines, line)) << "once is enough: " << line;

  ASSERT_TRUE(real_.run((*writing)->commit()).has_value());
  EXPECT_TRUE(real_.run((*database)->migrate(kTwo)).has_value());
  EXPECT_EQ(run(**database, "SELECT id FROM a")->rows.size(), 1U);
}

TEST_F(SqliteTest, parameters_have_one_spelling) {
  auto database = open();
  ASSERT_TRUE(database.has_value());
  for (const char* sql : {"SELECT ?", "SELECT ?1", "SELECT :a", "SELECT $a", "SELECT $0"}) {
    const auto refused = run(**database, sql, {1});
    ASSERT_FALSE(refused.has_value()) << sql;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << sql;
  }
}

}  // namespace
}  // namespace seine::sql
