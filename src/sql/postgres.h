// SPDX-License-Identifier: Apache-2.0
// PostgreSQL 14 or later, by libpq, on our loop: no thread, and nothing that blocks but the lookup
// of a host's name, which libpq does itself: where names are slow, give an address.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::sql {

struct PostgresOptions {
  // "postgres://user:password@host:5432/name?sslmode=verify-full", or libpq's "host=...
  // dbname=...". Its password never reaches an error or a log.
  std::string url;
};

// Errors: kInvalidConfig where the URL is none, or the server is too old; kUnavailable with what
// the server said.
runtime::Task<Result<std::unique_ptr<Database>>> open_postgres(runtime::EventLoop& loop,
                                                               PostgresOptions options,
                                                               Limits limits);

}  // namespace seine::sql
