// SPDX-License-Identifier: Apache-2.0
// What a database may cost us. Each limit that is exceeded is an error with its name; none of them
// cuts a result short in silence.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "base/time.h"

namespace seine::sql {

struct Limits {
  std::size_t max_rows = 100'000;                   // of one result
  std::size_t max_result_bytes = 64 * 1024 * 1024;  // of one result, all its values
  std::size_t max_value_bytes = 8 * 1024 * 1024;    // of one value, either way
  std::size_t max_waiting = 1024;   // callers that wait for a connection; one more is refused
  std::size_t max_connections = 4;  // of PostgreSQL; SQLite has one
  std::size_t max_prepared = 128;   // statements a connection keeps prepared

  Duration waiting_deadline = std::chrono::seconds(10);  // for a connection
  // For the first connection to a database that could not be reached when last tried: whoever asks
  // is told so, before giving up on us.
  Duration away_deadline = std::chrono::seconds(5);
  Duration statement_deadline = std::chrono::seconds(10);  // begin and commit are statements too
  Duration migration_deadline = std::chrono::minutes(10);  // for all of them together
  // For another process to let go of a database of which something is to be migrated. It begins
  // anew where that process migrates itself. Whoever waits so long says so before, in the log.
  Duration migration_lock_deadline = std::chrono::seconds(30);
  Duration migration_lock_told_after = std::chrono::milliseconds(1500);
  Duration connect_deadline = std::chrono::seconds(5);
  // Between attempts to connect: doubled from the first to the last, each made up to a half longer
  // at random.
  Duration first_backoff = std::chrono::milliseconds(100);
  Duration last_backoff = std::chrono::seconds(10);
};

// Counts one result against them while it comes. Errors: kLimit.
class ResultMeter {
 public:
  explicit ResultMeter(const Limits& limits) : limits_(limits) {}
  Result<void> add_value(std::size_t bytes);
  Result<void> add_row();

 private:
  const Limits& limits_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace seine::sql
