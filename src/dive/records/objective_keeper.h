// SPDX-License-Identifier: Apache-2.0
// The objectives, in memory and in the database.
//
// One loop. What it is given outlives it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dive/records/doubts.h"
#include "dive/records/records.h"
#include "dive/store/store.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

class ObjectiveKeeper {
 public:
  ObjectiveKeeper(runtime::EventLoop& loop, Store& store, Doubts& doubts)
      : loop_(loop), store_(store), doubts_(doubts) {}

  // Once, before anything else.
  runtime::Task<Result<void>> load();
  const std::map<std::string, KeptObjective>& objectives() const { return objectives_; }
  // As Records has them.
  Result<void> check(std::span<const Objective> objectives) const;
  runtime::Task<Result<void>> put(std::vector<Objective> objectives, Deed deed);
  runtime::Task<Result<void>> remove(std::string name);
  // Reads anew what is in doubt, in a turn that is taken here.
  runtime::Task<Result<void>> settle();

 private:
  // Within a turn.
  runtime::Task<Result<void>> settle_within();

  runtime::EventLoop& loop_;
  Store& store_;
  Doubts& doubts_;
  std::map<std::string, KeptObjective> objectives_;
};

}  // namespace seine::dive
