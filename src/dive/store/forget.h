// SPDX-License-Identifier: Apache-2.0
// Removes what retention has no place for any more, some series at a time: blocks, exemplars,
// series of which nothing is left, and what was remembered of processes and pods that are gone.
// Every step is one transaction; one that was killed is simply done again.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "dive/store/clusters.h"
#include "dive/store/retention.h"
#include "dive/store/turns.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

class Forget {
 public:
  // What it is given outlives it.
  Forget(runtime::EventLoop& loop, sql::Database& database, const Retention& retention,
         Turns& turns)
      : loop_(loop), database_(database), retention_(retention), turns_(turns) {}

  // Says in the database what is about to go, so that nobody looks for a part of it. Before the
  // steps.
  runtime::Task<Result<void>> begin();
  // One step, from series number `from` on. The number to go on with; 0: the cluster is done.
  runtime::Task<Result<std::int64_t>> step(std::int64_t cluster, std::int64_t from);

 private:
  runtime::Task<Result<void>> begin_once();
  runtime::Task<Result<std::int64_t>> step_once(std::int64_t cluster, std::int64_t from);
  runtime::Task<Result<void>> remove_old(sql::Transaction& transaction, std::int64_t cluster,
                                         std::int64_t first, std::int64_t last, GoneUntil gone);
  runtime::Task<Result<void>> remove_empty_series(sql::Transaction& transaction, ClusterRow& row,
                                                  std::int64_t first, std::int64_t last);
  runtime::Task<Result<void>> remove_lives(sql::Transaction& transaction, std::int64_t cluster,
                                           Seconds gone);

  runtime::EventLoop& loop_;
  sql::Database& database_;
  const Retention& retention_;
  Turns& turns_;
};

}  // namespace seine::dive
