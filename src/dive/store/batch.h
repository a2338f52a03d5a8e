// SPDX-License-Identifier: Apache-2.0
// Many rows with few statements. Rows go 64, 8 or 1 at a time, so that no more than three texts
// stay prepared for each purpose.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/task.h"
#include "sql/database.h"
#include "sql/value.h"

namespace seine::dive {

// `before` is "INSERT INTO t (a, b)", `after` what follows the values, or nothing. Rows have as
// many values each.
runtime::Task<Result<void>> insert_rows(sql::Transaction& transaction, std::string before,
                                        std::string after, std::vector<sql::Values> rows);

// Rows of a table by keys.
struct Lookup {
  std::string columns;  // "t.a, t.b", where t is the table
  std::string table;
  std::vector<std::string> keys;  // columns, as many as each of `wanted` has values
  std::string and_also;           // "AND t.c > $1", or nothing
  sql::Values values;             // of its parameters
};
// Those that exist, in no order.
runtime::Task<Result<std::vector<sql::Values>>> find_rows(sql::Transaction& transaction,
                                                          Lookup lookup,
                                                          std::vector<sql::Values> wanted);

}  // namespace seine::dive
