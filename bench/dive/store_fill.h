// SPDX-License-Identifier: Apache-2.0
// Lets a store of Dive live through a History by a clock that walks: whole minutes at first, folded
// each hour and not kept at 10 s, and then hours as proxies tell them, in buckets of 10 s. What
// taking and folding cost is counted.
//
// A fast way to what a store holds after days; only `Part::kLived` is how it gets there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "dive/history.h"

namespace seine::bench {

struct FillPlan {
  std::string database;  // as --database of seine-dive has it; empty, or not there yet
  std::string cluster = "bench";
  Minute from = 0;
  Minute finest_from = 0;  // an hour's begin: from here on in buckets of 10 s
  Minute lived_from = 0;   // from here on folded each minute, as a server does
  Minute to = 0;
};

// Wall time, and CPU time of all threads.
struct Cost {
  std::uint64_t buckets = 0;
  Duration take_wall{}, take_cpu{};
  Duration fold_wall{}, fold_cpu{};
};

struct FillCosts {
  Cost minutes;  // buckets of minutes, folded each hour
  Cost sixths;   // buckets of 10 s, folded each ten minutes
  Cost lived;    // buckets of 10 s, folded each minute
};

Result<FillCosts> fill_store(const History& history, const FillPlan& plan);

}  // namespace seine::bench
