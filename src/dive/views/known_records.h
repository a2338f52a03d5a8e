// SPDX-License-Identifier: Apache-2.0
// What views ask of the records: a seam, so that what they make of counts is tested with a store
// alone.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/result.h"
#include "dive/records/records.h"
#include "dive/views/event_view.h"
#include "runtime/task.h"

namespace seine::dive {

using KeptObjectives = std::map<std::string, KeptObjective>;

// As records.h says it; references hold until the next co_await.
class KnownRecords {
 public:
  virtual ~KnownRecords() = default;
  virtual const KeptClusters& clusters() const = 0;
  virtual const KeptObjectives& objectives() const = 0;
  virtual runtime::Task<Result<EventAnswer>> find_events(EventQuestion question, WallTime now) = 0;
  virtual runtime::Task<Result<Event>> find_event(std::string id, WallTime now) = 0;
  virtual runtime::Task<Result<ProcessEvent>> find_process_event(std::string id) = 0;
};

// Those of the database, which outlive it.
class RecordsInStore final : public KnownRecords {
 public:
  explicit RecordsInStore(Records& records) : records_(records) {}

  const KeptClusters& clusters() const override { return records_.clusters(); }
  const KeptObjectives& objectives() const override { return records_.objectives(); }
  runtime::Task<Result<EventAnswer>> find_events(EventQuestion question, WallTime now) override {
    co_return co_await records_.find_events(std::move(question), now);
  }
  runtime::Task<Result<Event>> find_event(std::string id, WallTime now) override {
    co_return co_await records_.find_event(std::move(id), now);
  }
  runtime::Task<Result<ProcessEvent>> find_process_event(std::string id) override {
    co_return co_await records_.find_process_event(std::move(id));
  }

 private:
  Records& records_;
};

}  // namespace seine::dive
