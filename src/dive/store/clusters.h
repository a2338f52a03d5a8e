// SPDX-License-Identifier: Apache-2.0
// The row of a cluster: its number, and what is counted up as things of it are written. Whoever
// writes for a cluster takes its row first, so that writers of one cluster come one after the
// other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct ClusterRow {
  std::int64_t id = 0;
  std::int64_t next_series = 1;
  std::int64_t next_pending = 1;
  std::int64_t next_audit = 1;
  std::int64_t series_count = 0;
  std::int64_t series_generation = 0;  // counted up where series were removed
  std::int64_t complete_until = 0;
  // Pending counts up to `fold_until` of series below `fold_next` are in blocks. 0: none is.
  std::int64_t fold_until = 0;
  std::int64_t fold_next = 0;
};

// The number of a cluster, given to it when it is first named. Error kLimit: one too many.
runtime::Task<Result<std::int64_t>> number_cluster(sql::Database& database, std::string name);

// Takes the row until the end of the transaction, in which this is the first statement. Error
// kNotFound.
runtime::Task<Result<ClusterRow>> take_cluster(sql::Transaction& transaction, std::int64_t id);
runtime::Task<Result<void>> save_cluster(sql::Transaction& transaction, ClusterRow row);
// The same without taking it.
runtime::Task<Result<ClusterRow>> read_cluster(sql::Transaction& transaction, std::int64_t id);

// A row of the audit; those over the limit go, oldest first.
runtime::Task<Result<void>> write_audit(sql::Transaction& transaction, ClusterRow& cluster,
                                        WallTime at, std::string kind, std::string subject,
                                        std::string detail);

}  // namespace seine::dive
