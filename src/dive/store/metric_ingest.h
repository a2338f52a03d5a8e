// SPDX-License-Identifier: Apache-2.0
// Takes the metrics of a cluster: several messages in one transaction, of which all happens or
// nothing, be it that it is killed. Once a message has been applied, or a bucket counted, it is
// known when it comes again.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/store/agent_clock.h"
#include "dive/store/metric_batch.h"
#include "dive/store/retention.h"
#include "dive/store/series_numbers.h"
#include "dive/store/turns.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/wake.h"
#include "sql/database.h"

namespace seine::dive {

struct IngestStatistics {
  std::uint64_t messages = 0;  // applied
  std::uint64_t repeated = 0;  // applied before
  std::uint64_t refused = 0;
  std::uint64_t buckets = 0;  // of those applied, counted before or not
  std::uint64_t refused_buckets = 0;
};

class MetricIngest {
 public:
  // What became of a message, in the order of the messages. Every one is in the database for good,
  // or never will be: then `refused` says why. A bucket that can never be taken is refused by
  // itself, with a row of the audit; `left_out` says how many were and why.
  struct Outcome {
    std::string epoch;
    std::uint64_t sequence = 0;
    std::string refused;
    std::string left_out;
  };

  // What it is given outlives it.
  MetricIngest(runtime::EventLoop& loop, sql::Database& database, const Retention& retention,
               Turns& turns)
      : loop_(loop), database_(database), retention_(retention), turns_(turns) {}

  // In the order in which they came, several in one transaction. Errors: kInvalidArgument where an
  // envelope is none, and no such stream should go on; kUnavailable while too much waits to be
  // folded; those of the database. Then the messages from some of them on are not applied; those
  // before are known when they come again.
  runtime::Task<Result<std::vector<Outcome>>> apply(
      std::int64_t cluster, std::vector<::dive::v1::MetricMessage> messages);

  const IngestStatistics& statistics() const { return statistics_; }

  // Whether, since it was last said to be dealt with, so much of a cluster was pending that it
  // should be folded before its time.
  bool is_much_pending() const { return is_much_pending_; }
  void deal_with_pending() { is_much_pending_ = false; }
  // Wakes `who` once as that comes true.
  void arm_much_pending(runtime::Wakeable& who) { much_pending_.arm(who); }

 private:
  using Messages = std::span<const ::dive::v1::MetricMessage>;
  // What is added to a cluster's times, after what these messages tell of its clock.
  Duration hear(std::int64_t cluster, Messages messages);
  runtime::Task<Result<std::vector<Outcome>>> apply_part(std::int64_t cluster, Messages messages,
                                                         Duration shift);
  runtime::Task<Result<std::vector<Outcome>>> apply_once(std::int64_t cluster, Messages messages,
                                                         Duration shift);
  runtime::Task<Result<void>> check_room(sql::Transaction& transaction, const ClusterRow& cluster);
  runtime::Task<Result<SeriesNumbers::Numbers>> write(sql::Transaction& transaction,
                                                      ClusterRow& cluster,
                                                      const MetricBatch& batch);

  runtime::EventLoop& loop_;
  sql::Database& database_;
  const Retention& retention_;
  Turns& turns_;
  SeriesNumbers numbers_;
  std::map<std::int64_t, AgentClock> clocks_;  // by cluster
  IngestStatistics statistics_;
  bool is_much_pending_ = false;
  runtime::WakeSlot much_pending_;
};

}  // namespace seine::dive
