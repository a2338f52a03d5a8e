// SPDX-License-Identifier: Apache-2.0
// All records together: backed up and restored, and damaged.
#include "gtest/gtest.h"

#include "base/temporary_folder.h"
#include "dive/records/testing/records_world.h"
#include "dive/store/backup.h"
#include "dive/store/backup_file.h"
#include "sql/sqlite.h"

namespace seine::dive {
namespace {

using testing::found_at;
using testing::kAges;
using testing::kNoon;
using testing::told_at;

class WholeRecordsTest : public testing::RecordsTest {
 protected:
  void fill() {
    AgentScript script;
    tell(script.changed(0, "payments", {{"p1", "v1"}}));
    tell(script.changed(10, "payments", {{"p2", "v2", 9}}));
    tell(script.service(11, "payments", {"payments"}));
    tell(found_at(12, 1, "one", "payments"));
    ProcessEvent event = told_at("Deploy", 1, 5);
    event.comments.push_back({"c", {"ada", minute(2)}, "text"});
    told_ = add(event);
    ASSERT_TRUE(real_.run(
        records_->put_objectives({testing::objective_of("payments")}, {"ada", minute(1)})));
    const JoinTokenRow token{"", kNoon, ""};
    ASSERT_TRUE(real_.run(sink_->add_token(crypto::sha256("secret"), token)));
    ASSERT_TRUE(real_.run(sink_->bind(crypto::sha256("secret"), "east", "key")));
  }
  std::vector<std::string> all_events() { return ids(find({.from = WallTime{}, .to = kAges})); }
  // Opens what is in `database`, if there is one, in place of what there was.
  void move_into(std::unique_ptr<sql::Database> database) {
    sink_.reset();
    records_.reset();
    store_.reset();
    if (!database) return;
    store_ = *real_.run(Store::open(real_.loop, std::move(database), {}));
    records_ = *real_.run(Records::open(real_.loop, *store_));
    sink_ = std::make_unique<StoreSink>(real_.loop, *store_, *records_);
  }
  // Of opening it once more.
  Error open_damaged() {
    sink_.reset();
    records_.reset();
    open();
    const auto opened = real_.run(Records::open(real_.loop, *store_));
    EXPECT_FALSE(opened.has_value());
    return opened ? Error() : opened.error();
  }

  TemporaryFolder folder_ = *TemporaryFolder::make("records-backup");
  ProcessEvent told_;
};

TEST_F(WholeRecordsTest, are_read_and_opened_while_another_process_writes) {
  fill();
  auto other = *fixture_->open(real_, {});
  auto writing = *real_.run(other->begin());
  ASSERT_TRUE(real_.run(writing->run("UPDATE events SET body = body")).has_value());

  EXPECT_FALSE(all_events().empty());
  const std::string id = "process." + told_.id;
  EXPECT_EQ(real_.run(records_->find_event_id(id.substr(0, id.size() - 1))), id);
  EXPECT_TRUE(real_.run(records_->find_event(id, kNoon)).has_value());
  EXPECT_EQ(real_.run(records_->find_process_event(told_.id)), told_);
  EXPECT_FALSE(rollouts().empty());
  EXPECT_TRUE(real_.run(sink_->find_token(crypto::sha256("secret"))).value_or(std::nullopt));
  EXPECT_EQ(real_.run(sink_->find_key("east")).value_or(std::nullopt), "key");
  const auto opened = real_.run(Records::open(real_.loop, *store_));
  ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
  EXPECT_EQ((*opened)->objectives().size(), 1U);
  EXPECT_EQ((*opened)->clusters().size(), 2U);
  EXPECT_TRUE(real_.run(writing->commit()).has_value());
}

TEST_F(WholeRecordsTest, a_backup_has_all_of_them_also_for_the_other_kind_of_database) {
  fill();
  const auto catalog_before = catalog();
  const auto events_before = all_events();
  const auto rollouts_before = rollouts();
  ASSERT_EQ(events_before.size(), 3U);
  const std::string path = folder_.path() + "/backup";
  ASSERT_TRUE(real_.run(backup_store(real_.loop, store_->database(), path)).has_value());
  auto other = real_.run(sql::open_sqlite(real_.loop, {.path = folder_.path() + "/other.db"}, {}));
  ASSERT_TRUE(other.has_value());
  const auto restored = real_.run(restore_store(**other, path));
  ASSERT_TRUE(restored.has_value()) << restored.error().to_string();
  move_into(*std::move(other));
  EXPECT_EQ(catalog(), catalog_before);
  EXPECT_EQ(all_events(), events_before);
  EXPECT_EQ(rollouts(), rollouts_before);
  EXPECT_EQ(*real_.run(records_->find_process_event(told_.id)), told_);
  EXPECT_EQ(records_->objectives().at("payments").objective, testing::objective_of("payments"));
  EXPECT_EQ((*real_.run(sink_->find_token(crypto::sha256("secret"))))->used_by, "key");
  EXPECT_EQ(**real_.run(sink_->find_key("east")), "key");
  // What came before is known when it comes again.
  tell(found_at(12, 1, "again"));
  EXPECT_EQ(all_events(), events_before);
}

TEST_F(WholeRecordsTest, a_backup_of_before_there_were_records_is_restored) {
  const std::string path = folder_.path() + "/backup";
  auto writer = BackupWriter::create(path);
  ASSERT_TRUE(writer.has_value());
  BackupRows rows;
  rows.rows.push_back({7, "demo", 1, 1, 1, 0, 0, 0, 0, 0});
  ASSERT_TRUE(writer->add(BackupHeader{.schema = 1}).has_value());
  ASSERT_TRUE(writer
                  ->add(BackupTable{
                      "clusters",
                      {"id", "name", "next_series", "next_pending", "next_audit", "series_count",
                       "series_generation", "complete_until", "fold_until", "fold_next"}})
                  .has_value());
  ASSERT_TRUE(writer->add(rows).has_value());
  ASSERT_TRUE(writer->add(BackupEnd{1}).has_value());
  ASSERT_TRUE(writer->finish().has_value());
  auto other = sql::testing::make_database_fixture();
  auto database = other->open(real_, {});
  ASSERT_TRUE(database.has_value());
  const auto restored = real_.run(restore_store(**database, path));
  ASSERT_TRUE(restored.has_value()) << restored.error().to_string();
  move_into(*std::move(database));
  EXPECT_EQ(records_->clusters().at("demo").id, 7);
  fill();
  EXPECT_EQ(all_events().size(), 3U);
  move_into({});
}

TEST_F(WholeRecordsTest, rows_that_are_damaged_are_named) {
  fill();
  const std::vector<std::pair<std::string, std::string>> tables = {
      {"workloads", "the workload shop/deployment/payments of the cluster demo"},
      {"services", "the service shop/payments of the cluster demo"},
      {"streams", "the streams of the cluster demo"},
      {"objectives", "the objective payments"}};
  for (const auto& [table, what] : tables) {
    run("CREATE TABLE copy AS SELECT * FROM " + table);
    // Nothing; a tag that is none; a length that goes beyond the end.
    for (const std::string_view body : {"", "\x07", "\x08\x01\x12\x7f"}) {
      const auto done = real_.run(store_->database().run(
          "UPDATE " + table + " SET body = $1", {sql::Blob(std::as_bytes(std::span(body)).begin(),
                                                           std::as_bytes(std::span(body)).end())}));
      ASSERT_TRUE(done.has_value()) << done.error().to_string();
      const Error error = open_damaged();
      EXPECT_EQ(error.code, ErrorCode::kInvalidConfig);
      EXPECT_NE(error.message.find(what), std::string::npos) << error.message;
    }
    run("DELETE FROM " + table);
    run("INSERT INTO " + table + " SELECT * FROM copy");
    run("DROP TABLE copy");
    reopen();
  }
}

TEST_F(WholeRecordsTest, events_that_are_damaged_are_named_and_others_are_found) {
  fill();
  for (const std::string& id : all_events()) {
    const auto done = real_.run(
        store_->database().run("UPDATE events SET body = $1 WHERE id = $2", {sql::Blob(), id}));
    ASSERT_TRUE(done.has_value()) << done.error().to_string();
    const auto all = real_.run(records_->find_events({.from = WallTime{}, .to = kAges}, kNoon));
    ASSERT_FALSE(all.has_value());
    EXPECT_EQ(all.error().code, ErrorCode::kInvalidConfig);
    EXPECT_NE(all.error().message.find(id), std::string::npos) << all.error().message;
    EXPECT_EQ(real_.run(records_->find_event(id, kNoon)).error().code, ErrorCode::kInvalidConfig);
    run("DELETE FROM events WHERE id = '" + id + "'");
  }
  EXPECT_TRUE(all_events().empty());
}

}  // namespace
}  // namespace seine::dive
