// SPDX-License-Identifier: Apache-2.0
// All of a store in one file, and a new store from it, of either kind of database.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct BackupSummary {
  std::uint64_t rows = 0;
};

// What the store was at one moment, of a database of this program's schema or an older one, which
// it stays. It only reads, so that a server may use the database meanwhile. An existing file is
// replaced once the new one is whole.
runtime::Task<Result<BackupSummary>> backup_store(runtime::EventLoop& loop, sql::Database& database,
                                                  std::string path);

// Into a database without tables, or whose tables are empty, and that nobody else uses: all of it
// or nothing, and nothing of a file that is damaged anywhere. Then the schema is brought up to
// date. Errors: kInvalidConfig with what to do.
runtime::Task<Result<BackupSummary>> restore_store(sql::Database& database, std::string path);

}  // namespace seine::dive
