// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite.h"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/descriptor.h"
#include "sql/sqlite_connection.h"

namespace seine::sql {

using runtime::Task;

namespace {

constexpr std::string_view kLockSuffix = "-lock";

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
  Task<Result<bool>> claim() override { co_return take_lock(); }
  Dialect dialect() const override { return Dialect::kSqlite; }
  std::size_t max_connections() const override { return 1; }

 private:
  Result<bool> take_lock();

  runtime::EventLoop& loop_;
  const SqliteOptions options_;
  const Limits limits_;
  bool opened_before_ = false;
  Descriptor lock_;
};

// A lock on a file beside the database: on the database itself SQLite has its own, which closing
// another descriptor of it would drop. The kernel drops it with the process.
Result<bool> SqliteConnector::take_lock() {
  if (lock_) return true;
  std::error_code failed;
  const std::string path =
      std::filesystem::canonical(options_.path, failed).string() + std::string(kLockSuffix);
  Descriptor lock(failed ? -1 : ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!lock) {
    return fail_errno(ErrorCode::kInvalidConfig, failed ? failed.value() : errno,
                      "the lock of database " + options_.path + " cannot be made");
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    return fail_errno(ErrorCode::kInvalidConfig, errno,
                      "database " + options_.path + " cannot be locked");
  }
  lock_ = std::move(lock);
  return true;
}

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
