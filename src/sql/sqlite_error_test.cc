// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite_error.h"

#include <errno.h>
#include <sqlite3.h>

#include "gtest/gtest.h"

namespace seine::sql {
namespace {

TEST(SqliteError, result_codes_have_the_codes_of_our_own) {
  struct Case {
    int code;
    int system_errno;
    ErrorCode wanted;
  };
  for (const Case& expected :
       {Case{SQLITE_BUSY, 0, ErrorCode::kDatabaseBusy},
        Case{SQLITE_BUSY_SNAPSHOT, 0, ErrorCode::kDatabaseBusy},
        Case{SQLITE_FULL, 0, ErrorCode::kDatabaseFull},
        Case{SQLITE_FULL, ENOSPC, ErrorCode::kDatabaseFull},
        Case{SQLITE_IOERR_WRITE, ENOSPC, ErrorCode::kDatabaseFull},
        Case{SQLITE_IOERR_FSYNC, EIO, ErrorCode::kUnavailable},
        Case{SQLITE_CORRUPT_INDEX, 0, ErrorCode::kDatabaseCorrupt},
        Case{SQLITE_NOTADB, 0, ErrorCode::kDatabaseCorrupt},
        Case{SQLITE_CANTOPEN, EACCES, ErrorCode::kInvalidConfig},
        Case{SQLITE_READONLY, 0, ErrorCode::kInvalidConfig},
        Case{SQLITE_CONSTRAINT_UNIQUE, 0, ErrorCode::kConstraint},
        Case{SQLITE_INTERRUPT, 0, ErrorCode::kCancelled}, Case{SQLITE_TOOBIG, 0, ErrorCode::kLimit},
        Case{SQLITE_ERROR, 0, ErrorCode::kInvalidArgument},
        Case{SQLITE_NOMEM, 0, ErrorCode::kInternal}}) {
    const Error error = sqlite_error(expected.code, expected.system_errno, "said", "x.db");
    EXPECT_EQ(error.code, expected.wanted) << expected.code;
    EXPECT_EQ(error.retryable, expected.wanted == ErrorCode::kDatabaseBusy) << expected.code;
    EXPECT_FALSE(error.message.empty());
  }
}

}  // namespace
}  // namespace seine::sql
