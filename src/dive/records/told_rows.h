// SPDX-License-Identifier: Apache-2.0
// What is read of one kind of event alone: those that people told, with their comments, and
// rollouts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/catalog/cluster_catalog.h"
#include "dive/events/process_event.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

// Error kLimit beyond kMaxProcessEvents.
runtime::Task<Result<void>> add_process_event(sql::Transaction& transaction, ProcessEvent event);
// Nothing where there is none.
runtime::Task<Result<std::optional<ProcessEvent>>> find_process_event(sql::Transaction& transaction,
                                                                      std::string id);
// Error kNotFound. Of its comments those are written that are other than before.
runtime::Task<Result<void>> replace_process_event(sql::Transaction& transaction,
                                                  ProcessEvent event);

// Those that touch (from, to], the newest first, at most kMaxFoundRollouts.
runtime::Task<Result<std::vector<WorkloadRollout>>> read_rollouts(sql::Transaction& transaction,
                                                                  std::int64_t number,
                                                                  std::string cluster,
                                                                  WallTime from, WallTime to);

}  // namespace seine::dive
