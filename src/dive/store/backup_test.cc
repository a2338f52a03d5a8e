// SPDX-License-Identifier: Apache-2.0
#include "dive/store/backup.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

#include "base/file.h"
#include "base/temporary_folder.h"
#include "dive/store/schema.h"
#include "dive/store/testing/store_world.h"
#include "sql/sqlite.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class BackupTest : public testing::StoreTest {
 protected:
  void tell(WallTime end, std::uint64_t count) {
    auto bucket = proxy_.bucket(end);
    add_row(bucket, {.count = count}).add_exemplars()->set_path("/pay");
    apply(agent_.message({bucket}));
  }
  void fill() {
    tell(kNoon - hours(3), 2);
    tell(kNoon - seconds(20), 3);
    fold();
    tell(kNoon - seconds(10), 4);
  }
  Result<BackupSummary> back_up() {
    return real_.run(backup_store(real_.loop, store_->database(), path_));
  }
  std::unique_ptr<sql::Database> fresh() {
    fixtures_.push_back(sql::testing::make_database_fixture());
    return *fixtures_.back()->open(real_, {});
  }
  Result<BackupSummary> restore(sql::Database& database) {
    return real_.run(restore_store(database, path_));
  }
  std::vector<std::string> lines_in(std::unique_ptr<sql::Database> database) {
    auto opened = real_.run(Store::open(real_.loop, std::move(database), {}));
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    const auto answer = real_.run((*opened)->counts().ask(cluster_, everything()));
    EXPECT_TRUE(answer.has_value()) << answer.error().to_string();
    return lines_of(*answer);
  }
  CountQuestion everything() {
    return {.about = CountQuestion::About::kAll, .from = kNoon - hours(24), .to = kNoon};
  }

  TemporaryFolder folder_ = *TemporaryFolder::make("store-backup");
  const std::string path_ = folder_.path() + "/dive.backup";
  std::vector<std::unique_ptr<sql::testing::DatabaseFixture>> fixtures_;
  testing::TestProxy proxy_;
  testing::TestAgent agent_;
};

TEST_F(BackupTest, what_was_backed_up_is_restored_whole_into_another_database) {
  fill();
  const auto made = back_up();
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  struct stat found{};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  auto other = fresh();
  const auto restored = restore(*other);
  ASSERT_TRUE(restored.has_value()) << restored.error().to_string();
  EXPECT_EQ(restored->rows, made->rows);
  EXPECT_EQ(lines_in(std::move(other)), lines_of(ask(everything())));
}

TEST_F(BackupTest, it_reads_beside_a_server_and_changes_nothing_of_an_older_database) {
  auto older = fresh();
  ASSERT_TRUE(real_.run(older->migrate(migrations().first(1))).has_value());
  ASSERT_TRUE(real_
                  .run(older->run("INSERT INTO clusters (id, name, next_series, next_pending,"
                                  " next_audit, series_count, series_generation, complete_until,"
                                  " fold_until, fold_next)"
                                  " VALUES (1, 'demo', 1, 1, 1, 0, 0, 0, 0, 0)"))
                  .has_value());
  ASSERT_TRUE(real_.run(older->claim({})).has_value());
  auto beside = *fixtures_.back()->open(real_, {});
  const auto made = real_.run(backup_store(real_.loop, *beside, path_));
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  const auto schema = real_.run(beside->count_migrations(migrations()));
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(*schema, 1U);
  auto other = fresh();
  ASSERT_TRUE(restore(*other).has_value());
  EXPECT_EQ(lines_in(std::move(other)), std::vector<std::string>());
}

TEST_F(BackupTest, no_two_stores_use_one_database) {
  auto other = fresh();
  ASSERT_TRUE(real_.run(other->claim({})).has_value());
  auto second = *fixtures_.back()->open(real_, {});
  const auto opened = real_.run(Store::open(real_.loop, std::move(second), {}, Duration::zero()));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().message,
            "another process works on this database: end it first, or name another database");
  const auto schema = real_.run(other->count_migrations(migrations()));
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(*schema, 0U) << "who may not have it has not changed it";
}

TEST_F(BackupTest, of_a_database_without_a_store_there_is_no_backup) {
  const auto empty = fresh();
  const auto made = real_.run(backup_store(real_.loop, *empty, path_));
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidConfig);
}

TEST_F(BackupTest, it_crosses_from_one_kind_of_database_to_the_other) {
  fill();
  ASSERT_TRUE(back_up().has_value());
  auto other = real_.run(sql::open_sqlite(real_.loop, {.path = folder_.path() + "/other.db"}, {}));
  ASSERT_TRUE(other.has_value());
  ASSERT_TRUE(restore(**other).has_value());
  // And back.
  const auto again = real_.run(backup_store(real_.loop, **other, path_));
  ASSERT_TRUE(again.has_value()) << again.error().to_string();
  auto back = fresh();
  ASSERT_TRUE(restore(*back).has_value());
  EXPECT_EQ(lines_in(std::move(back)), lines_of(ask(everything())));
}

TEST_F(BackupTest, what_came_before_the_backup_is_known_when_it_comes_after_the_restore) {
  fill();
  ASSERT_TRUE(back_up().has_value());
  tell(kNoon, 50);  // and is lost
  auto other = fresh();
  ASSERT_TRUE(restore(*other).has_value());
  auto opened = real_.run(Store::open(real_.loop, std::move(other), {}));
  ASSERT_TRUE(opened.has_value());
  store_ = *std::move(opened);
  testing::TestAgent reborn{.epoch = 'f'};
  testing::TestProxy before;
  auto known = before.bucket(kNoon - hours(3));
  add_row(known, {.count = 2});
  auto added = proxy_.bucket(kNoon);
  add_row(added, {.count = 8});
  apply(reborn.message({known, added}));
  EXPECT_EQ(requests_of(ask(everything())), 2U + 3U + 4U + 8U);
}

TEST_F(BackupTest, a_database_with_something_in_it_is_left_alone) {
  fill();
  ASSERT_TRUE(back_up().has_value());
  const auto before = lines_of(ask(everything()));
  const auto refused = restore(store_->database());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
  EXPECT_EQ(refused.error().message,
            "there is something in the database already, and a backup is restored into an empty "
            "one: stop Dive and move dive.db away, or name another --database");
  EXPECT_EQ(lines_of(ask(everything())), before);
}

TEST_F(BackupTest, a_file_that_is_not_there_is_said_not_to_be) {
  auto other = fresh();
  const auto refused = restore(*other);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "there is no file " + path_);
}

TEST_F(BackupTest, a_file_that_was_changed_anywhere_or_cut_is_refused_before_anything_is_written) {
  fill();
  ASSERT_TRUE(back_up().has_value());
  const std::string whole = read_file(path_, 10 << 20).value_or("");
  ASSERT_GT(whole.size(), 1000U);
  auto other = fresh();
  const auto refused = [&](const std::string& content) {
    std::filesystem::remove(path_);
    EXPECT_TRUE(create_file(path_, content, 0600).has_value());
    const auto restored = restore(*other);
    return !restored && restored.error().code == ErrorCode::kInvalidConfig;
  };
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    EXPECT_TRUE(refused(changed)) << at;
    EXPECT_TRUE(refused(whole.substr(0, at))) << at;
  }
  EXPECT_FALSE(refused(whole));
}

TEST_F(BackupTest, a_backup_that_cannot_be_written_leaves_the_one_before) {
  fill();
  ASSERT_TRUE(back_up().has_value());
  const std::string before = read_file(path_, 10 << 20).value_or("");
  ASSERT_TRUE(std::filesystem::create_directory(path_ + ".tmp"));
  EXPECT_FALSE(back_up().has_value());
  EXPECT_EQ(read_file(path_, 10 << 20).value_or(""), before);
}

TEST_F(BackupTest, more_rows_than_a_page_are_all_there) {
  for (int batch = 0; batch < 4; ++batch) {
    auto bucket = proxy_.bucket(kNoon - hours(batch));
    for (int i = 0; i < 300; ++i) {
      const std::string peer = "w" + std::to_string(batch * 300 + i);
      add_row(bucket, {.count = 1, .peer = peer});
    }
    apply(agent_.message({bucket}));
    if (batch < 3) fold();
  }
  ASSERT_TRUE(back_up().has_value());
  auto other = fresh();
  ASSERT_TRUE(restore(*other).has_value());
  EXPECT_EQ(lines_in(std::move(other)), lines_of(ask(everything())));
}

}  // namespace
}  // namespace seine::dive
