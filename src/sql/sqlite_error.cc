// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite_error.h"

#include <errno.h>
#include <sqlite3.h>

#include <string>
#include <utility>

namespace seine::sql {

namespace {

Error about_disk(int system_errno, std::string message) {
  const bool full = system_errno == ENOSPC || system_errno == EDQUOT;
  return errno_error(
      full ? ErrorCode::kDatabaseFull : ErrorCode::kUnavailable, system_errno,
      std::move(message) + (full ? ": make room on its disk" : ": its disk cannot be used"));
}

}  // namespace

Error sqlite_error(int code, int system_errno, std::string_view said, std::string_view path) {
  const std::string where = "database " + std::string(path);
  const std::string what = where + ": " + std::string(said);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: {
      Error error = make_error(ErrorCode::kDatabaseBusy,
                               where +
                                   " is locked by another process; try again, and see who "
                                   "else has it open");
      error.retryable = true;
      return error;
    }
    case SQLITE_FULL:
      if (system_errno != 0) return about_disk(system_errno, where);
      return make_error(ErrorCode::kDatabaseFull,
                        where + " is full: make room on its disk, keep less, or allow it more");
    case SQLITE_CORRUPT:
      return make_error(ErrorCode::kDatabaseCorrupt,
                        what + "; stop, keep a copy of the file, and restore a backup");
    case SQLITE_NOTADB:
      return make_error(ErrorCode::kDatabaseCorrupt,
                        where +
                            " is not an SQLite database, or its start was overwritten; name "
                            "another file, or restore a backup");
    case SQLITE_CANTOPEN:
      return errno_error(ErrorCode::kInvalidConfig, system_errno, where + " cannot be opened");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return make_error(ErrorCode::kInvalidConfig, what + "; may this user write the file?");
    case SQLITE_IOERR: return about_disk(system_errno, what);
    case SQLITE_CONSTRAINT: return make_error(ErrorCode::kConstraint, std::string(said));
    case SQLITE_INTERRUPT: return make_error(ErrorCode::kCancelled, "the statement was given up");
    case SQLITE_TOOBIG: return make_error(ErrorCode::kLimit, what);
    case SQLITE_ERROR:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH: return make_error(ErrorCode::kInvalidArgument, std::string(said));
    default: return make_error(ErrorCode::kInternal, what);
  }
}

}  // namespace seine::sql
