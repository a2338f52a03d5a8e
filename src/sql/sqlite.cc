// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite.h"

#include <utility>

#include "sql/sqlite_connection.h"

namespace seine::sql {

using runtime::Task;

namespace {

class SqliteConnector final : public Connector {
 public:
  SqliteConnector(runtime::EventLoop& loop, SqliteOptions options, const Limits& limits)
      : loop_(loop), options_(std::move(options)), limits_(limits) {}

  Task<Result<std::unique_ptr<Connection>>> connect() override {
    auto made = std::make_unique<SqliteConnection>(loop_, options_, limits_,
                                                   options_.may_create && !opened_before_);
    auto opened = co_await made->open();
    if (!opened) co_return fail(std::move(opened.error()));
    // From now on a missing file is a loss, and not to be answered by an empty one.
    opened_before_ = true;
    co_return std::unique_ptr<Connection>(std::move(made));
  }
  Dialect dialect() const override { return Dialect::kSqlite; }
  std::size_t max_connections() const override { return 1; }

 private:
  runtime::EventLoop& loop_;
  const SqliteOptions options_;
  const Limits limits_;
  bool opened_before_ = false;
};

}  // namespace

Task<Result<std::unique_ptr<Database>>> open_sqlite(runtime::EventLoop& loop, SqliteOptions options,
                                                    Limits limits) {
  auto database = std::make_unique<Database>(
      loop, std::make_unique<SqliteConnector>(loop, std::move(options), limits), limits);
  auto opened = co_await database->open();
  if (!opened) co_return fail(std::move(opened.error()));
  co_return database;
}

}  // namespace seine::sql
