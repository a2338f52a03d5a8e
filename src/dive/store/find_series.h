// SPDX-License-Identifier: Apache-2.0
// Which series a question is about, before any count is read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/result.h"
#include "dive/store/count_query.h"
#include "dive/store/pods.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

// By number, without slots.
using Found = std::map<std::int64_t, CountedSeries>;

// Adds to `found`. Errors: kLimit beyond kMaxAnswerSeries, or kMaxSummedSeries of a question for
// sums; those of the database.
runtime::Task<Result<void>> find_series(sql::Transaction& transaction, std::int64_t cluster,
                                        const CountQuestion& question, Found& found);

// The series that say how much of a workload was measured, or of all.
runtime::Task<Result<void>> find_coverage(sql::Transaction& transaction, std::int64_t cluster,
                                          std::optional<WorkloadId> workload, Found& found);

}  // namespace seine::dive
