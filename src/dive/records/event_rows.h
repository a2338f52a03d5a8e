// SPDX-License-Identifier: Apache-2.0
// Events of all kinds in one table, in the order in which pages show them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dive/events/event.h"
#include "dive/records/event_cursor.h"
#include "dive/records/records.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

// What is about nothing of one cluster, as events that people told.
inline constexpr std::int64_t kNoCluster = 0;

struct EventRow {
  std::string id;  // of Event
  EventKind kind = EventKind::kProcess;
  std::int64_t cluster = kNoCluster;
  WorkloadName workload;  // empty where it is about none, or about several
  bool is_over = false;
  WallTime begins;
  WallTime ended;  // where it is over
  sql::Blob body;
};

EventRow to_row(std::int64_t number, const std::string& cluster, const WorkloadRollout& rollout);
EventRow to_row(std::int64_t number, const std::string& cluster, const ClusterEvent& event);
EventRow to_row(const ProcessEvent& event);
// The id of Event, of one that people told.
std::string row_id_of(const std::string& process_event);

// New ones, and in place of those of the same id.
runtime::Task<Result<void>> save_events(sql::Transaction& transaction, std::vector<EventRow> rows);
// One that is there already stays as it is.
runtime::Task<Result<void>> add_once(sql::Transaction& transaction, EventRow row);

// Nothing where there is none.
// That of this id, else two at most that begin so, "process." left out or not.
runtime::Task<Result<std::vector<std::string>>> find_ids(sql::Transaction& transaction,
                                                         std::string text);
runtime::Task<Result<std::optional<EventRow>>> find_row(sql::Transaction& transaction,
                                                        std::string id);
// The next rows of a part, in its order, at most kEventPageRows. `cluster` is that of
// `question.about`; rows that are about something else may be among them.
runtime::Task<Result<std::vector<EventRow>>> read_part(sql::Transaction& transaction,
                                                       const EventQuestion& question,
                                                       std::int64_t cluster,
                                                       const EventCursor& after);

runtime::Task<Result<std::int64_t>> count_events(sql::Transaction& transaction, EventKind kind,
                                                 std::int64_t cluster);
// The oldest go.
runtime::Task<Result<void>> keep_cluster_events(sql::Transaction& transaction, std::int64_t cluster,
                                                std::int64_t most);
runtime::Task<Result<void>> keep_rollouts(sql::Transaction& transaction, std::int64_t cluster,
                                          WorkloadName workload, std::int64_t most);
// Some of those that ended before; how many. Of one cluster, or those that people told.
runtime::Task<Result<std::int64_t>> forget_events(sql::Transaction& transaction,
                                                  std::int64_t cluster, WallTime before);

}  // namespace seine::dive
