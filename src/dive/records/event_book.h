// SPDX-License-Identifier: Apache-2.0
// Events of all kinds, as Records and ClusterSink have them. They are in the database alone: a page
// reads as much as it shows.
//
// One loop. What it is given outlives it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "dive/api/cluster_sink.h"
#include "dive/records/catalog_keeper.h"
#include "dive/records/event_rows.h"
#include "dive/records/records.h"
#include "dive/store/store.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

class EventBook {
 public:
  EventBook(runtime::EventLoop& loop, Store& store, CatalogKeeper& catalogs)
      : loop_(loop), store_(store), catalogs_(catalogs) {}

  runtime::Task<Result<EventAnswer>> find(EventQuestion question, WallTime now);
  runtime::Task<Result<Event>> find_one(std::string id, WallTime now);
  runtime::Task<Result<std::string>> find_id(std::string text);
  runtime::Task<Result<std::vector<WorkloadRollout>>> find_rollouts(std::string cluster,
                                                                    WallTime from, WallTime to);

  runtime::Task<Result<ProcessEvent>> add(ProcessEvent event);
  runtime::Task<Result<ProcessEvent>> find_told(std::string id);
  runtime::Task<Result<void>> replace(ProcessEvent event);

  // What an agent found.
  runtime::Task<Result<std::vector<Applied>>> add_found(
      std::string cluster, std::vector<::dive::v1::AddEventRequest> events);

  // Those that ended before.
  runtime::Task<Result<void>> forget(WallTime before);

 private:
  Result<Event> show_row(const EventRow& row, WallTime now) const;
  static runtime::Task<Result<EventAnswer>> find_once(sql::Transaction& transaction,
                                                      const EventBook* self, EventQuestion question,
                                                      EventCursor cursor, WallTime now);

  runtime::EventLoop& loop_;
  Store& store_;
  CatalogKeeper& catalogs_;
};

}  // namespace seine::dive
