// SPDX-License-Identifier: Apache-2.0
// What Dive keeps besides counts: which clusters there are and what runs in them, what was
// promised, what happened. All of it lies in the store's database; what is small is in memory, too,
// and what is changed is written before it is seen.
//
// One loop, one process for a database: a second one would not see what this one changes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/catalog/cluster_catalog.h"
#include "dive/events/event.h"
#include "dive/events/event_target.h"
#include "dive/events/process_event.h"
#include "dive/slo/objective.h"
#include "dive/store/store.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

struct KeptCluster {
  std::string name;
  std::int64_t id = 0;  // in the store
  ClusterCatalog catalog;
  // By our clock: the last message of any kind of its agent. Nothing since this process began: not
  // known.
  std::optional<WallTime> last_heard;
  // Up to when its workloads have been told, by the cluster's clock: what phase_at() asks for.
  WallTime known_until{};
};

struct KeptObjective {
  Objective objective;
  Deed created;
  Deed changed;
};

struct EventQuestion {
  // Those that touch (from, to]: it began by `to`, and had not ended by `from`. What is scheduled
  // or going on is always among them if `with_open`.
  WallTime from;
  WallTime to;
  bool with_open = true;
  std::optional<EventTarget> about;  // concerns() either way: what it has inside, and what it is in
  bool only_inside = false;          // without what `about` is in
  std::optional<EventKind> kind;
  std::size_t limit = 200;
  // Of the answer before: only what follows. Empty: from the first.
  std::string after;
};
struct EventAnswer {
  std::vector<Event> events;  // as sort_events() sorts
  std::string next;           // for `after`; empty: there are no more
};

class Records {
 public:
  // Reads what there is. `store` outlives it. Errors: those of the database; kInvalidConfig for
  // rows that cannot be read, which names them.
  static runtime::Task<Result<std::unique_ptr<Records>>> open(runtime::EventLoop& loop,
                                                              Store& store);
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;
  ~Records();

  // -- Clusters, by name. References hold until the next co_await.
  const std::map<std::string, KeptCluster>& clusters() const;

  // -- Objectives, by name
  const std::map<std::string, KeptObjective>& objectives() const;
  // Whether all may be put as things are. Errors: kInvalidArgument of check_objective(), and for
  // one of a name that an objective of another subject has, since this one would be lost and the
  // name be taken for a history that it never had; kLimit beyond kMaxObjectives.
  Result<void> check_objectives(std::span<const Objective> objectives) const;
  // New ones, and in place of those of the same name; all or none. Errors as above.
  runtime::Task<Result<void>> put_objectives(std::vector<Objective> objectives, Deed deed);
  // Error kNotFound.
  runtime::Task<Result<void>> remove_objective(std::string name, Deed deed);

  // -- Events
  // Error kInvalidArgument: an `after` that no answer had. Of an answer no more than
  // kMaxEventsOfAnswer, whatever `limit` says.
  runtime::Task<Result<EventAnswer>> find_events(EventQuestion question, WallTime now);
  // By the id of Event. Error kNotFound.
  runtime::Task<Result<Event>> find_event(std::string id, WallTime now);
  // The id of the event that is meant: all of it, or as much of its beginning as only one event
  // has; "process." may be left out. Errors: kNotFound; kInvalidArgument where several begin so.
  runtime::Task<Result<std::string>> find_event_id(std::string text);
  // One that people told. Its id is made here: whatever it has is replaced. Error kLimit.
  runtime::Task<Result<ProcessEvent>> add_event(ProcessEvent event);
  // Errors kNotFound.
  runtime::Task<Result<ProcessEvent>> find_process_event(std::string id);
  // In place of that of the same id.
  runtime::Task<Result<void>> replace_event(ProcessEvent event);
  // Of all workloads, those that touch (from, to], the newest first, at most kMaxFoundRollouts; the
  // catalog has the last of each. Error kNotFound.
  runtime::Task<Result<std::vector<WorkloadRollout>>> find_rollouts(std::string cluster,
                                                                    WallTime from, WallTime to);

  // Removes what is over its retention: events and rollouts that ended before `before`, workloads
  // and services that have been gone for kGoneFor, tokens that are over.
  runtime::Task<Result<void>> forget(WallTime now, WallTime before);

 private:
  friend class StoreSink;  // tells what agents told
  struct State;
  explicit Records(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace seine::dive
