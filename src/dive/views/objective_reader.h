// SPDX-License-Identifier: Apache-2.0
// Objectives, from what the store counted in all clusters: as they stand, whose their bad requests
// are, and which goals history would have kept.
//
// One loop. What it is given outlives it.
#pragma once

#include <map>
#include <optional>
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
inline constexpr Duration kObjectiveKeptForAtMost = std::chrono::minutes(2);
// So many times as long as all objectives take to be read they are kept, where that is longer.
inline constexpr int kReadingToTime = 10;
// Of one objective's bad series examples are read of those with the most bad requests.
inline constexpr std::size_t kMaxExampleSeries = 200;

// With one more reading. A single one that took long, such as one that waited for a database,
// counts for little.
Duration mean_of_late(Duration mean, Duration reading);

// How old one of so many may be, of which each takes so long to be read, where all are asked for:
// kObjectiveKeptFor; of more than can be read often, longer, up to kObjectiveKeptForAtMost. A page
// of all that is looked at all the time must not be all that is done.
Duration kept_among(std::size_t objectives, Duration reading);

class ObjectiveReader {
 public:
  ObjectiveReader(runtime::EventLoop& loop, Store& store, KnownRecords& records, ZoneFolder& zones)
      : loop_(loop), store_(store), records_(records), zones_(zones), turns_(loop) {}

  // As it stands, or kUnreadable and why (unreadable.h). Errors of the database.
  runtime::Task<Result<ObjectiveView>> read(Objective objective);
  // The same, at most so old; one at a time is computed.
  runtime::Task<Result<ObjectiveView>> read_kept(Objective objective, Duration at_most);
  // By which requests of its subject were counted over its window, whatever route it has itself.
  runtime::Task<Result<std::vector<std::string>>> routes_of(Objective objective);
  // At most kObjectiveKeptFor old, and of the counts of the card that read_kept() gives as long.
  // Errors of the others: kInvalidArgument for a zone that is not there; those of the database.
  runtime::Task<Result<EvidenceView>> find_evidence_of(Objective objective);
  // The draft's goal counts if it is the user's own.
  runtime::Task<Result<ProposalsView>> propose(Objective draft, bool has_own_goal);

  // How old one among all may be: kept_among().
  Duration among_all() const;

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
    std::optional<EvidenceView> evidence;
    TimePoint since;
  };
  std::vector<Asked> clusters_to_ask(const Subject& subject) const;
  // Of those that have it.
  static std::vector<std::string> names_of(const std::vector<Asked>& asked);
  runtime::Task<Result<ObjectiveView>> try_to_read(Objective objective, std::vector<Asked> asked);
  runtime::Task<Result<WallTime>> complete(std::vector<Asked> asked);
  // Of all clusters, over this span.
  runtime::Task<Result<ObjectiveCounts>> count(Objective objective, std::vector<Asked> asked,
                                               Span span);
  runtime::Task<Result<EvidenceView>> make_evidence(Objective objective);
  // Adds what this cluster counted.
  runtime::Task<Result<Evidence>> find_in(Objective objective, Asked asked, Span span,
                                          ObjectiveCounts& sum);
  const Kept* find_kept(const Objective& objective, Duration at_most) const;
  void keep(const ObjectiveView& view, std::optional<EvidenceView> evidence);
  void took(Duration reading);
  Result<const TimeZone*> zone_of(const Window& window);

  runtime::EventLoop& loop_;
  Store& store_;
  KnownRecords& records_;
  ZoneFolder& zones_;
  Turns turns_;
  std::map<std::string, Kept> kept_;  // by name
  Duration mean_reading_{};           // of late
};

}  // namespace seine::dive
