// SPDX-License-Identifier: Apache-2.0
// Objectives, from what the store counted in all clusters: as they stand, whose their bad requests
// are, and which goals history would have kept.
//
// One loop. What it is given outlives it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "dive/store/store.h"
#include "dive/store/turns.h"
#include "dive/views/known_records.h"
#include "dive/views/objective_view.h"
#include "dive/zones/zone_folder.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

// How long an objective's state is good enough for a page that shows many.
inline constexpr Duration kObjectiveKeptFor = std::chrono::seconds(10);
// Of one objective's bad series examples are read of those with the most bad requests.
inline constexpr std::size_t kMaxExampleSeries = 200;

class ObjectiveReader {
 public:
  ObjectiveReader(runtime::EventLoop& loop, Store& store, KnownRecords& records, ZoneFolder& zones)
      : loop_(loop), store_(store), records_(records), zones_(zones), turns_(loop) {}

  // As it stands. Errors of all: kInvalidArgument for a zone that is not there; those of the
  // database.
  runtime::Task<Result<ObjectiveView>> read(Objective objective);
  // The same, at most kObjectiveKeptFor old; one at a time is computed.
  runtime::Task<Result<ObjectiveView>> read_kept(Objective objective);
  runtime::Task<Result<EvidenceView>> find_evidence_of(Objective objective);
  // The draft's goal counts if it is the user's own.
  runtime::Task<Result<ProposalsView>> propose(Objective draft, bool has_own_goal);

 private:
  // Copied, since a catalog may change while the store is asked.
  struct Asked {
    std::string name;
    std::int64_t id = 0;
    bool has_it = false;  // such a service or workload
    Backends backends;
    std::vector<WorkloadId> workloads;
  };
  struct Kept {
    ObjectiveView view;
    TimePoint until;
  };
  std::vector<Asked> clusters_to_ask(const Subject& subject) const;
  runtime::Task<Result<WallTime>> complete(std::vector<Asked> asked);
  // Of all clusters, over this span.
  runtime::Task<Result<ObjectiveCounts>> count(Objective objective, std::vector<Asked> asked,
                                               Span span);
  runtime::Task<Result<Evidence>> find_in(Objective objective, Asked asked, Span span);
  Result<const TimeZone*> zone_of(const Window& window);

  runtime::EventLoop& loop_;
  Store& store_;
  KnownRecords& records_;
  ZoneFolder& zones_;
  Turns turns_;
  std::map<std::string, Kept> kept_;  // by name
};

}  // namespace seine::dive
