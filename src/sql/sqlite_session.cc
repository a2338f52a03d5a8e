// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite_session.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/descriptor.h"
#include "sql/sqlite_error.h"

namespace seine::sql {

namespace {

constexpr int kPageBytes = 4096;
// Instructions of SQLite's machine between two questions whether to go on: some 10 us.
constexpr int kProgressSteps = 1000;
constexpr int kBusyPauseMs = 5;

// A file that exists is never opened here: closing it would drop the locks that SQLite holds on it
// elsewhere in this process (POSIX locks belong to the process).
Result<void> prepare_file(const std::string& path, bool may_create) {
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0) {
    if (!S_ISREG(found.st_mode)) {
      return fail(ErrorCode::kInvalidConfig, "database " + path + " is not a file");
    }
    if (::chmod(path.c_str(), 0600) != 0) {
      return fail_errno(ErrorCode::kInvalidConfig, errno,
                        "database " + path + " belongs to somebody else");
    }
    return {};
  }
  if (errno != ENOENT) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, "database " + path + " cannot be opened");
  }
  if (!may_create) {
    return fail(ErrorCode::kUnavailable,
                "database " + path + " is not there: put the file back, or name another");
  }
  const Descriptor made(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!made && errno != EEXIST) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, "database " + path + " cannot be made");
  }
  return {};
}

// PostgreSQL's "C": bytes, as if unsigned.
int compare_bytes(void*, int left_size, const void* left, int right_size, const void* right) {
  const int order =
      std::memcmp(left, right, static_cast<std::size_t>(std::min(left_size, right_size)));
  return order != 0 ? order : left_size - right_size;
}

Value column_value(sqlite3_stmt* statement, int column) {
  // The pointer first, the size after: the other way round the size may be that of another form.
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return text == nullptr ? Value(Null{}) : Value(std::string(text, size));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return size == 0 ? Blob() : Blob(bytes, bytes + size);
    }
    default: return Null{};
  }
}

int bind_value(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *number);
  }
  // Borrowed: the bindings are cleared before the values die.
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    // A null pointer would bind a null.
    return blob->empty()
               ? sqlite3_bind_zeroblob(statement, index, 0)
               : sqlite3_bind_blob64(statement, index, blob->data(), blob->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

// Whatever happens, a statement lets go of its locks and of the values it borrowed.
// "$12" is 12, anything else 0.
std::size_t number_of(const char* name) {
  if (name == nullptr || *name != '$') return 0;
  std::size_t number = 0;
  for (const char* digit = name + 1; *digit != 0; ++digit) {
    if (*digit < '0' || *digit > '9' || number >= 100'000) return 0;
    number = number * 10 + static_cast<std::size_t>(*digit - '0');
  }
  return number;
}

// SQLite numbers $2 before $1 if it stands first; the name tells, and takes a search each time.
std::vector<std::size_t> numbers_of(sqlite3_stmt* statement) {
  std::vector<std::size_t> numbers;
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement); ++i) {
    numbers.push_back(number_of(sqlite3_bind_parameter_name(statement, i)));
  }
  return numbers;
}

struct ResetLater {
  sqlite3_stmt* statement;
  ~ResetLater() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

}  // namespace

int SqliteSession::on_busy(void* self, int attempts) {
  const auto& session = *static_cast<SqliteSession*>(self);
  const Duration waited = std::chrono::milliseconds(kBusyPauseMs) * attempts;
  if (session.given_up_() || waited >= session.options_.busy_timeout) return 0;
  sqlite3_sleep(kBusyPauseMs);
  return 1;
}

int SqliteSession::on_progress(void* self) {
  return static_cast<SqliteSession*>(self)->given_up_() ? 1 : 0;
}

Error SqliteSession::error(int code) const {
  return sqlite_error(code, sqlite3_system_errno(connection_.get()),
                      sqlite3_errmsg(connection_.get()), options_.path);
}

Result<std::unique_ptr<SqliteSession>> SqliteSession::open(const SqliteOptions& options,
                                                           const Limits& limits, bool may_create,
                                                           GivenUp given_up) {
  std::unique_ptr<SqliteSession> session(new SqliteSession(options, limits, std::move(given_up)));
  if (auto ready = prepare_file(options.path, may_create); !ready) return fail(ready.error());
  if (auto connected = session->connect(); !connected) return fail(connected.error());
  if (auto configured = session->configure(); !configured) return fail(configured.error());
  return session;
}

Result<void> SqliteSession::connect() {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(options_.path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  connection_.reset(opened);
  if (opened == nullptr) return fail(ErrorCode::kInternal, "no memory to open a database");
  if (code != SQLITE_OK) return fail(error(code));
  sqlite3_busy_handler(opened, on_busy, this);
  sqlite3_progress_handler(opened, kProgressSteps, on_progress, this);
  return {};
}

Result<void> SqliteSession::configure() {
  sqlite3* connection = connection_.get();
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // "name" is a column and never by mistake a text, as in PostgreSQL.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0);
  // So that a value far over the limit is not even put together.
  constexpr std::size_t kLargest = 1'000'000'000;
  sqlite3_limit(connection, SQLITE_LIMIT_LENGTH,
                static_cast<int>(std::min(limits_.max_result_bytes, kLargest)));
  sqlite3_create_collation_v2(connection, "C", SQLITE_UTF8, nullptr, compare_bytes, nullptr);
  const auto journal = run("PRAGMA journal_mode = WAL", {});
  if (!journal) return fail(journal.error());
  if (journal->rows.empty() || journal->rows[0][0] != Value("wal")) {
    return fail(ErrorCode::kInvalidConfig,
                "database " + options_.path + " cannot be in WAL mode; is it on a network disk?");
  }
  const std::string pages =
      std::to_string(std::max<std::size_t>(1, options_.max_bytes / kPageBytes));
  const std::array<std::string, 3> rest = {"PRAGMA synchronous = FULL",
                                           "PRAGMA case_sensitive_like = ON",
                                           "PRAGMA max_page_count = " + pages};
  for (const std::string& pragma : rest) {
    if (const auto done = run(pragma, {}); !done) return fail(done.error());
  }
  return {};
}

bool SqliteSession::has_file() const {
  int moved = 0;
  sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved == 0;
}

void SqliteSession::leave_files_alone() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Result<const SqliteSession::Prepared*> SqliteSession::prepare(const std::string& sql) {
  const auto found = std::find_if(prepared_.begin(), prepared_.end(),
                                  [&sql](const Prepared& prepared) { return prepared.sql == sql; });
  if (found != prepared_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found);
    return &prepared_.front();
  }
  sqlite3_stmt* made = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &made, &rest);
  std::unique_ptr<sqlite3_stmt, Finalize> statement(made);
  if (code != SQLITE_OK) return fail(error(code));
  const std::string_view left(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
  if (!statement || left.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "one statement at a time, and not none: " + sql);
  }
  std::vector<std::size_t> numbers = numbers_of(made);
  prepared_.push_front({sql, std::move(statement), std::move(numbers)});
  if (prepared_.size() > limits_.max_prepared) prepared_.pop_back();
  return &prepared_.front();
}

Result<void> SqliteSession::bind(const Prepared& prepared, const Values& values) const {
  sqlite3_stmt* const statement = prepared.statement.get();
  const auto count = static_cast<int>(prepared.numbers.size());
  for (int i = 1; i <= count; ++i) {
    const std::size_t number = prepared.numbers[static_cast<std::size_t>(i) - 1];
    if (number == 0 || number > values.size()) {
      const char* name = sqlite3_bind_parameter_name(statement, i);
      return fail(ErrorCode::kInvalidArgument,
                  "the statement wants a parameter " + std::string(name == nullptr ? "?" : name) +
                      " and there are " + std::to_string(values.size()) + ", named $1, $2, ...");
    }
    const int code = bind_value(statement, i, values[number - 1]);
    if (code != SQLITE_OK) return fail(error(code));
  }
  if (static_cast<std::size_t>(count) != values.size()) {
    return fail(ErrorCode::kInvalidArgument, "the statement takes " + std::to_string(count) +
                                                 " parameters and was given " +
                                                 std::to_string(values.size()));
  }
  return {};
}

Result<void> SqliteSession::step_all(sqlite3_stmt* statement, Rows& rows) const {
  const int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; ++i) rows.columns.emplace_back(sqlite3_column_name(statement, i));
  ResultMeter meter(limits_);
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return fail(error(code));
    Values row;
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) {
      row.push_back(column_value(statement, i));
      if (auto fits = meter.add_value(size_of(row.back())); !fits) return fits;
    }
    if (auto fits = meter.add_row(); !fits) return fits;
    rows.rows.push_back(std::move(row));
  }
}

Result<Rows> SqliteSession::run(const std::string& sql, const Values& values) {
  if (given_up_()) return fail(ErrorCode::kCancelled, "the statement was given up");
  const auto statement = prepare(sql);
  if (!statement) return fail(statement.error());
  const ResetLater reset{(*statement)->statement.get()};
  if (auto bound = bind(**statement, values); !bound) return fail(bound.error());
  // sqlite3_changes64() still tells of an earlier statement after one that changes nothing.
  const sqlite3_int64 before = sqlite3_total_changes64(connection_.get());
  Rows rows;
  if (auto stepped = step_all((*statement)->statement.get(), rows); !stepped)
    return fail(stepped.error());
  if (sqlite3_total_changes64(connection_.get()) != before) {
    rows.changed = sqlite3_changes64(connection_.get());
  }
  return rows;
}

Result<void> SqliteSession::roll_back() {
  if (!in_transaction()) return {};
  const int code = sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

}  // namespace seine::sql
