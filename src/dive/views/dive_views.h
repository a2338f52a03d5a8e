// SPDX-License-Identifier: Apache-2.0
// Everything that Dive's pages and its command line are shown: asks the store and the records, and
// has the rest made by the pure functions of this folder. view_json.h writes it down.
//
// One loop. What it is given outlives it. Spans end when counts are complete if that is earlier
// (completeness.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dive/store/store.h"
#include "dive/store/turns.h"
#include "dive/views/charts.h"
#include "dive/views/dashboard.h"
#include "dive/views/known_records.h"
#include "dive/views/objective_reader.h"
#include "dive/views/service_view.h"
#include "dive/views/view_json.h"
#include "dive/zones/zone_folder.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

inline constexpr Duration kDashboardKeptFor = std::chrono::seconds(2);

class DiveViews {
 public:
  DiveViews(runtime::EventLoop& loop, Store& store, KnownRecords& records, ZoneFolder& zones)
      : loop_(loop),
        store_(store),
        records_(records),
        reader_(loop, store, records, zones),
        turns_(loop),
        started_(loop.clock().wall_now()) {}

  // Errors of all: kNotFound, a sentence that names what there is not; those of the database.
  //
  // At most kDashboardKeptFor old, and one is made at a time: it reads all of a mesh, and every
  // page that is open asks for it.
  runtime::Task<Result<DashboardView>> dashboard(Span span);
  runtime::Task<Result<ServiceView>> service(ServiceRef ref, Span span);
  runtime::Task<Result<ChartsView>> charts(ServiceRef ref, Span span);
  std::vector<ClusterStatus> clusters() const;

  // By name; at most ObjectiveReader::among_all() old.
  runtime::Task<Result<std::vector<ObjectiveView>>> objectives();
  // At most kObjectiveKeptFor old, as are those of a service.
  runtime::Task<Result<ObjectiveView>> objective(std::string name);
  runtime::Task<Result<EvidenceView>> evidence(std::string name);
  // How one that is not saved would stand.
  runtime::Task<Result<ObjectiveView>> try_objective(Objective draft);
  // By which requests of its subject were counted over its window.
  runtime::Task<Result<std::vector<std::string>>> routes_of(Objective objective);
  runtime::Task<Result<ProposalsView>> propose(Objective draft, bool has_own_goal);

  runtime::Task<Result<EventListView>> events(EventQuestion question);
  // About a service or who answers for it, whatever `about` says; up to twice `limit` of them.
  runtime::Task<Result<EventListView>> events_of_service(ServiceRef ref, EventQuestion question);
  // With its comments.
  runtime::Task<Result<EventView>> event(std::string id);

 private:
  // Copied, since a catalog may change while the store is asked.
  struct Found {
    std::int64_t id = 0;
    std::vector<WorkloadId> workloads;
    std::vector<EventTarget> targets;
  };
  Result<Found> find(const ServiceRef& ref) const;
  // The cluster again, after the store was asked.
  Result<const KeptCluster*> find_again(const std::string& cluster) const;
  Result<Objective> find_objective(const std::string& name) const;
  // Those that a service's page shows.
  runtime::Task<Result<std::vector<ObjectiveView>>> objectives_of(ServiceRef ref);
  runtime::Task<Result<std::vector<ObjectiveView>>> read_kept(std::vector<Objective> all,
                                                              Duration at_most);
  runtime::Task<Result<Span>> complete(std::int64_t cluster, Span span);
  struct BothKinds {
    CountAnswer requests;
    CountAnswer connections;
  };
  // Sums, of each request once.
  runtime::Task<Result<BothKinds>> ask_both(std::int64_t cluster, CountQuestion question);
  runtime::Task<Result<BothKinds>> ask_all(std::int64_t cluster, std::vector<WorkloadId> workloads,
                                           Span span);
  // What cannot be read is told in `problems`.
  runtime::Task<Result<void>> ask_service(Found found, Span span, ServiceFacts& facts,
                                          std::vector<std::string>& problems);
  // About any of these, each once, in order.
  runtime::Task<Result<std::vector<Event>>> events_of(std::vector<EventTarget> targets,
                                                      EventQuestion question);
  runtime::Task<Result<DashboardView>> make_dashboard_of(Span span);
  WallTime now() const { return loop_.clock().wall_now(); }

  runtime::EventLoop& loop_;
  Store& store_;
  KnownRecords& records_;
  ObjectiveReader reader_;
  Turns turns_;
  const WallTime started_;
  struct KeptDashboard {
    Span span;
    DashboardView view;
    TimePoint until;
  };
  std::optional<KeptDashboard> dashboard_;
};

}  // namespace seine::dive
