// SPDX-License-Identifier: Apache-2.0
// Examples of requests, as proxies chose them: a few of each series and hour.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct KeptExemplar {
  std::int64_t series = 0;
  WallTime ended_at;
  Duration latency{};
  std::string method;
  std::string path;
  std::string trace_id;
  std::string detail;
};

// Of those that ended within (from, to], each series' newest kMaxExemplarsOfSeries. Error
// kDatabaseCorrupt for what is none.
runtime::Task<Result<std::vector<KeptExemplar>>> read_exemplars(sql::Transaction& transaction,
                                                                std::int64_t cluster,
                                                                std::vector<std::int64_t> series,
                                                                WallTime from, WallTime to);

}  // namespace seine::dive
