// SPDX-License-Identifier: Apache-2.0
// Puts pending counts into blocks of every resolution that is kept, some series at a time. Each
// step is one transaction that also says how far it came, so that a death between two steps, or in
// one, neither loses nor doubles.
#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "dive/store/block.h"
#include "dive/store/clusters.h"
#include "dive/store/retention.h"
#include "dive/store/turns.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

class Fold {
 public:
  // What it is given outlives it.
  Fold(runtime::EventLoop& loop, sql::Database& database, const Retention& retention, Turns& turns)
      : loop_(loop), database_(database), retention_(retention), turns_(turns) {}

  // One step of a cluster. True: there is more to do of what was pending when the first step began.
  runtime::Task<Result<bool>> step(std::int64_t cluster);

 private:
  // What is being folded; read again where the database is somewhere else.
  struct Work {
    std::int64_t until = 0;
    std::int64_t last = 0;  // that was pending when it was read
    Pending pending;
  };
  runtime::Task<Result<bool>> step_once(std::int64_t cluster);
  // How far to fold at a time; 0: nothing is pending.
  runtime::Task<Result<std::int64_t>> choose(sql::Transaction& transaction, std::int64_t cluster);
  runtime::Task<Result<void>> load(sql::Transaction& transaction, ClusterRow& row, Work& work);
  runtime::Task<Result<void>> write_blocks(sql::Transaction& transaction, ClusterRow& row,
                                           Pending::const_iterator from,
                                           Pending::const_iterator to);

  runtime::EventLoop& loop_;
  sql::Database& database_;
  const Retention& retention_;
  Turns& turns_;
  std::map<std::int64_t, Work> works_;  // by cluster
};

}  // namespace seine::dive
