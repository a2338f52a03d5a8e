// SPDX-License-Identifier: Apache-2.0
// The blocking half of SQLite: everything here happens on the thread that opened it, in which
// SQLite may wait for disks and other processes.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/limits.h"
#include "sql/sqlite.h"
#include "sql/value.h"

namespace seine::sql {

class SqliteSession {
 public:
  // Asked again and again while a statement runs or waits; true: nobody wants it any more.
  using GivenUp = std::function<bool()>;

  // `may_create`: whether a missing file is made.
  static Result<std::unique_ptr<SqliteSession>> open(const SqliteOptions& options,
                                                     const Limits& limits, bool may_create,
                                                     GivenUp given_up);
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  Result<Rows> run(const std::string& sql, const Values& values);
  bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }
  // Ends the transaction if there is one.
  Result<void> roll_back();
  // False: the file was removed or replaced, and what is written now is seen by nobody.
  bool has_file() const;
  // From then on nothing is written, also not at the end: the files of that name may be others.
  void leave_files_alone();

 private:
  struct CloseConnection {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct Prepared {
    std::string sql;
    std::unique_ptr<sqlite3_stmt, Finalize> statement;
    // Which value each parameter is, from 1; 0 where its name tells none.
    std::vector<std::size_t> numbers;
  };

  SqliteSession(SqliteOptions options, Limits limits, GivenUp given_up)
      : options_(std::move(options)), limits_(limits), given_up_(std::move(given_up)) {}

  Result<void> connect();
  Result<void> configure();
  Result<const Prepared*> prepare(const std::string& sql);
  Result<void> bind(const Prepared& prepared, const Values& values) const;
  Result<void> step_all(sqlite3_stmt* statement, Rows& rows) const;
  Error error(int code) const;
  static int on_busy(void* self, int attempts);
  static int on_progress(void* self);

  const SqliteOptions options_;
  const Limits limits_;
  GivenUp given_up_;
  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::list<Prepared> prepared_;  // the last used first
};

}  // namespace seine::sql
