// SPDX-License-Identifier: Apache-2.0
#include "dive/store/backup.h"

#include <algorithm>
#include <utility>

#include "dive/store/backup_file.h"
#include "dive/store/batch.h"
#include "dive/store/schema.h"
#include "dive/store/slot.h"
#include "dive/store/store_limits.h"

namespace seine::dive {

using runtime::Task;

namespace {

// Rows of one frame, which has to hold them: a body may be nearly as large as a value may be.
std::size_t rows_at_once(const Table& table) {
  if (table.columns.back() == "body") return 8;
  return table.columns.back() == "counts" ? 16 : 500;
}

std::string list(std::span<const std::string_view> columns) {
  std::string text;
  for (const std::string_view column : columns) {
    text += (text.empty() ? "" : ", ") + std::string(column);
  }
  return text;
}

// One page after another, each from where the one before ended.
Task<Result<std::uint64_t>> write_table(sql::Transaction& transaction, BackupWriter& writer,
                                        const Table& table) {
  BackupTable told{.name = std::string(table.name), .columns = {}};
  for (const std::string_view column : table.columns) told.columns.emplace_back(column);
  auto added = writer.add(told);
  const std::string keys = list(std::span(table.columns).first(table.keys));
  const std::string select = "SELECT " + list(table.columns) + " FROM " + std::string(table.name);
  const std::string order = " ORDER BY " + keys + " LIMIT " + std::to_string(rows_at_once(table));
  std::string places;
  for (std::size_t i = 1; i <= table.keys; ++i) {
    places += (places.empty() ? "$" : ", $") + std::to_string(i);
  }
  sql::Values after;
  std::uint64_t count = 0;
  while (added) {
    const std::string where = after.empty() ? "" : " WHERE (" + keys + ") > (" + places + ")";
    auto rows = co_await transaction.run(select + where + order, after);
    if (!rows) co_return fail(std::move(rows.error()));
    if (rows->rows.empty()) break;
    const sql::Values& last = rows->rows.back();
    after.assign(last.begin(), last.begin() + static_cast<std::ptrdiff_t>(table.keys));
    count += rows->rows.size();
    added = writer.add(BackupRows{std::move(rows->rows)});
  }
  if (!added) co_return fail(std::move(added.error()));
  co_return count;
}

const Table* find_table(const BackupTable& told) {
  const auto found = std::ranges::find(tables(), told.name, &Table::name);
  if (found == tables().end()) return nullptr;
  // An older one may have fewer columns, which later migrations fill.
  for (const std::string& column : told.columns) {
    if (std::ranges::find(found->columns, column) == found->columns.end()) return nullptr;
  }
  return told.columns.empty() ? nullptr : &*found;
}

// Reads the file to its end: whoever goes on finds it whole.
Result<BackupHeader> check_file(const std::string& path) {
  auto reader = BackupReader::open(path);
  if (!reader) return fail(std::move(reader.error()));
  std::uint64_t rows = 0;
  for (;;) {
    auto content = reader->next();
    if (!content) return fail(std::move(content.error()));
    if (const auto* some = std::get_if<BackupRows>(&*content)) rows += some->rows.size();
    if (const auto* end = std::get_if<BackupEnd>(&*content)) {
      if (end->rows == rows) return reader->header();
      return fail(ErrorCode::kInvalidConfig, "the backup is damaged: rows are missing");
    }
    const auto* table = std::get_if<BackupTable>(&*content);
    if (table != nullptr && find_table(*table) == nullptr) {
      return fail(ErrorCode::kInvalidConfig,
                  "the backup is of a newer Dive than this program: restore it with that one");
    }
  }
}

// Of a database whose schema is that of the backup.
Task<Result<void>> empty_tables(sql::Transaction& transaction, std::uint64_t schema) {
  for (const Table& table : tables()) {
    if (table.since > schema) continue;
    const std::string name(table.name);
    // It is made with rows, which say that nothing is gone.
    if (table.name == "retention") {
      auto done = co_await transaction.run("DELETE FROM retention");
      if (!done) co_return fail(std::move(done.error()));
      continue;
    }
    auto rows = co_await transaction.run("SELECT 1 FROM " + name + " LIMIT 1");
    if (!rows) co_return fail(std::move(rows.error()));
    if (!rows->rows.empty()) {
      co_return fail(ErrorCode::kInvalidConfig,
                     "there is something in the database already, and a backup is restored into an "
                     "empty one: stop Dive and move dive.db away, or name another --database");
    }
  }
  co_return Result<void>();
}

Task<Result<std::uint64_t>> read_tables(sql::Transaction& transaction, BackupReader& reader) {
  BackupTable table;
  std::uint64_t count = 0;
  for (;;) {
    auto content = reader.next();
    if (!content) co_return fail(std::move(content.error()));
    if (std::holds_alternative<BackupEnd>(*content)) co_return count;
    if (auto* told = std::get_if<BackupTable>(&*content)) {
      table = std::move(*told);
      if (find_table(table) == nullptr) {
        co_return fail(ErrorCode::kInvalidConfig,
                       "the backup is damaged: it changed as it was read");
      }
      continue;
    }
    auto* rows = std::get_if<BackupRows>(&*content);
    if (rows == nullptr) continue;
    count += rows->rows.size();
    const std::vector<std::string_view> columns(table.columns.begin(), table.columns.end());
    auto done =
        co_await insert_rows(transaction, "INSERT INTO " + table.name + " (" + list(columns) + ")",
                             "", std::move(rows->rows));
    if (!done && done.error().code == ErrorCode::kConstraint) {
      co_return fail(ErrorCode::kInvalidConfig,
                     "the backup is damaged: it holds what cannot be kept together");
    }
    if (!done) co_return fail(std::move(done.error()));
  }
}

}  // namespace

Task<Result<BackupSummary>> backup_store(runtime::EventLoop& loop, sql::Database& database,
                                         std::string path) {
  const auto schema = co_await database.count_migrations(migrations());
  if (!schema) co_return fail(schema.error());
  if (*schema == 0) {
    co_return fail(ErrorCode::kInvalidConfig,
                   "the database has nothing of Dive: seine-dive has never used it");
  }
  auto writer = BackupWriter::create(std::move(path));
  if (!writer) co_return fail(std::move(writer.error()));
  auto transaction = co_await database.begin_reading();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto added = writer->add(
      BackupHeader{.schema = *schema,
                   .made = static_cast<std::uint64_t>(to_milliseconds(loop.clock().wall_now()))});
  if (!added) co_return fail(std::move(added.error()));
  BackupSummary summary;
  for (const Table& table : tables()) {
    if (table.since > *schema) continue;
    auto rows = co_await write_table(**transaction, *writer, table);
    if (!rows) co_return fail(std::move(rows.error()));
    summary.rows += *rows;
  }
  added = writer->add(BackupEnd{summary.rows});
  if (added) added = writer->finish();
  if (!added) co_return fail(std::move(added.error()));
  co_return summary;
}

Task<Result<BackupSummary>> restore_store(sql::Database& database, std::string path) {
  const auto header = check_file(path);
  if (!header) co_return fail(header.error());
  if (header->schema == 0 || header->schema > migrations().size()) {
    co_return fail(ErrorCode::kInvalidConfig,
                   "the backup is of schema " + std::to_string(header->schema) +
                       ", and this program knows schemas up to " +
                       std::to_string(migrations().size()) + ": use a newer one");
  }
  auto claimed = co_await database.claim(kClaimPatience);
  if (!claimed) co_return fail(std::move(claimed.error()));
  auto migrated = co_await database.migrate(migrations().first(header->schema));
  if (!migrated) co_return fail(std::move(migrated.error()));
  auto reader = BackupReader::open(path);
  if (!reader) co_return fail(std::move(reader.error()));
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto is_empty = co_await empty_tables(**transaction, header->schema);
  if (!is_empty) co_return fail(std::move(is_empty.error()));
  auto rows = co_await read_tables(**transaction, *reader);
  if (!rows) co_return fail(std::move(rows.error()));
  auto committed = co_await (*transaction)->commit();
  if (!committed) co_return fail(std::move(committed.error()));
  transaction->reset();  // SQLite has one connection
  migrated = co_await database.migrate(migrations());
  if (!migrated) co_return fail(std::move(migrated.error()));
  co_return BackupSummary{.rows = *rows};
}

}  // namespace seine::dive
