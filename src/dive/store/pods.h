// SPDX-License-Identifier: Apache-2.0
// The lives of pods: how much should have been measured. Told by whoever keeps the catalog.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/store/slot.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct WorkloadId {
  std::string ns;
  std::string kind;
  std::string name;
};
struct LivingPod {
  std::string name;
  WallTime since;  // its first lease
};

// These are the workload's pods at `at`, and there are no others: those that are new begin, those
// that are not among them have ended by then. Telling it again changes nothing. Told in order.
runtime::Task<Result<void>> tell_pods(sql::Transaction& transaction, std::int64_t cluster,
                                      WorkloadId workload, std::vector<LivingPod> pods,
                                      WallTime at);

// A pod is known some seconds before its proxy counts, and after it has counted for the last time.
inline constexpr std::chrono::seconds kUncountedEdge{5};

// Since when and until when pods lived.
struct PodLife {
  std::int64_t since = 0;  // milliseconds
  std::int64_t until = 0;
  bool has_ended = false;  // else it goes on
};
// Milliseconds of life within each slot of those whose ends are in (from, to], in seconds on such
// an end; slots without are left out. Of a life that began or ended in between, the buckets of ten
// seconds at its edges are not expected: a caller that lived for a few seconds is none whose counts
// are missing. Pure.
std::map<std::int64_t, std::uint64_t> lived(const std::vector<PodLife>& lives,
                                            Resolution resolution, Seconds from, Seconds to);

// The lives of each of these workloads' pods, in the order of the workloads, that touch (from, to];
// those that have not ended, until `to`. Without a kind it is of every kind.
runtime::Task<Result<std::vector<std::vector<PodLife>>>> read_lives(
    sql::Transaction& transaction, std::int64_t cluster, std::vector<WorkloadId> workloads,
    Seconds from, Seconds to);

}  // namespace seine::dive
