// SPDX-License-Identifier: Apache-2.0
// Which messages of an agent were applied: of each method's epoch, all up to a sequence.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

// As the database has them.
enum class Method : std::uint8_t { kMetric = 1, kDeployment = 2, kService = 3, kEvent = 4 };

// 0 where nothing of the epoch was applied.
runtime::Task<Result<std::uint64_t>> applied_until(sql::Transaction& transaction,
                                                   std::int64_t cluster, Method method,
                                                   std::string epoch);
// Of too many epochs the one that was silent longest is forgotten.
runtime::Task<Result<void>> save_applied(sql::Transaction& transaction, std::int64_t cluster,
                                         Method method, std::string epoch, std::uint64_t sequence,
                                         WallTime now);

}  // namespace seine::dive
