// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres_error.h"

#include "gtest/gtest.h"

namespace seine::sql {
namespace {

TEST(PostgresError, states_have_the_codes_of_our_own) {
  struct Case {
    const char* state;
    ErrorCode code;
    bool retryable;
  };
  for (const Case& expected :
       {Case{"23505", ErrorCode::kConstraint, false}, Case{"40001", ErrorCode::kDatabaseBusy, true},
        Case{"40P01", ErrorCode::kDatabaseBusy, true},
        Case{"55P03", ErrorCode::kDatabaseBusy, true},
        Case{"53100", ErrorCode::kDatabaseFull, false},
        Case{"53300", ErrorCode::kUnavailable, true}, Case{"57P01", ErrorCode::kUnavailable, true},
        Case{"57014", ErrorCode::kTimeout, false}, Case{"08006", ErrorCode::kUnavailable, false},
        Case{"XX001", ErrorCode::kDatabaseCorrupt, false},
        Case{"42601", ErrorCode::kInvalidArgument, false},
        Case{"42501", ErrorCode::kInvalidConfig, false},
        Case{"ZZ999", ErrorCode::kInternal, false}}) {
    const Error error = postgres_error(expected.state, "said");
    EXPECT_EQ(error.code, expected.code) << expected.state;
    EXPECT_EQ(error.retryable, expected.retryable) << expected.state;
  }
}

TEST(PostgresError, what_is_to_be_done_is_part_of_the_sentence) {
  EXPECT_EQ(postgres_error("53100", "could not extend file\nHINT: disk").message,
            "database: could not extend file HINT: disk; make room on the server's disk");
}

}  // namespace
}  // namespace seine::sql
