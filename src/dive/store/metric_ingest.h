// SPDX-License-Identifier: Apache-2.0
// Takes the metrics of a cluster: several messages in one transaction, of which all happens or
// nothing, be it that it is killed. Once a message has been applied, or a bucket counted, it is
// known when it comes again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/store/metric_batch.h"
#include "dive/store/retention.h"
#include "dive/store/series_numbers.h"
#include "dive/store/turns.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct IngestStatistics {
  std::uint64_t messages = 0;  // applied
  std::uint64_t repeated = 0;  // applied before
  std::uint64_t refused = 0;
  std::uint64_t buckets = 0;  // of those applied, counted before or not
};

class MetricIngest {
 public:
  // What became of a message, in the order of the messages. Every one is in the database for good,
  // or never will be: then `refused` says why.
  struct Outcome {
    std::string epoch;
    std::uint64_t sequence = 0;
    std::string refused;
  };

  // What it is given outlives it.
  MetricIngest(runtime::EventLoop& loop, sql::Database& database, const Retention& retention,
               Turns& turns)
      : loop_(loop), database_(database), retention_(retention), turns_(turns) {}

  // In the order in which they came. Errors, of which nothing was
  // applied: kInvalidArgument where an envelope is none, and no such stream should go on;
  // kUnavailable while too much waits to be folded; those of the database.
  runtime::Task<Result<std::vector<Outcome>>> apply(
      std::int64_t cluster, std::vector<::dive::v1::MetricMessage> messages);

  const IngestStatistics& statistics() const { return statistics_; }

 private:
  using Messages = std::vector<::dive::v1::MetricMessage>;
  runtime::Task<Result<std::vector<Outcome>>> apply_once(std::int64_t cluster,
                                                         const Messages& messages);
  runtime::Task<Result<SeriesNumbers::Numbers>> write(sql::Transaction& transaction,
                                                      ClusterRow& cluster,
                                                      const MetricBatch& batch);

  runtime::EventLoop& loop_;
  sql::Database& database_;
  const Retention& retention_;
  Turns& turns_;
  SeriesNumbers numbers_;
  IngestStatistics statistics_;
};

}  // namespace seine::dive
