// SPDX-License-Identifier: Apache-2.0
// SQLite: one file, one connection, one thread of its own on which all of it runs.
//
// Durability: WAL with synchronous=FULL. Whoever heard that a commit succeeded finds it after a
// power cut, at the price of one fsync a commit; so write many rows in one transaction. (NORMAL
// would survive kill -9 as well, but lose the last commits with the power.)
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::sql {

struct SqliteOptions {
  // Made with mode 0600 where it is missing, and set to it where it exists; its folder has to be
  // there. SQLite puts PATH-wal and PATH-shm beside it, with the same mode, and claim() PATH-lock.
  // Not on a network file system.
  std::string path;
  // Whether a missing file is made at first. One that goes missing later never is.
  bool may_create = true;
  // How long a statement waits for another process before it fails with kDatabaseBusy.
  Duration busy_timeout = std::chrono::seconds(5);
  // More than this and writes fail with kDatabaseFull. Pages of 4096 bytes.
  std::size_t max_bytes = std::size_t{64} << 30;
};

// Errors: kInvalidConfig where the path is no file that can be used, or no database;
// kDatabaseCorrupt; those of statements.
runtime::Task<Result<std::unique_ptr<Database>>> open_sqlite(runtime::EventLoop& loop,
                                                             SqliteOptions options, Limits limits);

}  // namespace seine::sql
