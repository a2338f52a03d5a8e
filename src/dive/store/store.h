// SPDX-License-Identifier: Apache-2.0
// Dive's store: what agents told, in a database of either kind, and what others ask of it.
//
//   auto store = co_await Store::open(loop, co_await open_store_database(loop, "dive.db"), {});
//   auto cluster = co_await (*store)->cluster("demo");
//   auto outcomes = co_await (*store)->metrics().apply(*cluster, std::move(messages));
//   auto answer = co_await (*store)->counts().ask(*cluster, {.ns = "shop", .name = "payments",
//   ...});
//
// One loop. One process at a time: what is in the database is in its memory as well. Beside it
// others may read, as a backup does.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "dive/store/count_query.h"
#include "dive/store/fold.h"
#include "dive/store/forget.h"
#include "dive/store/metric_ingest.h"
#include "dive/store/retention.h"
#include "dive/store/store_limits.h"
#include "dive/store/turns.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

// "postgres://..." and "postgresql://..." are PostgreSQL, anything else is the path of a file,
// which is made where it is missing and `may_create`.
runtime::Task<Result<std::unique_ptr<sql::Database>>> open_store_database(runtime::EventLoop& loop,
                                                                          std::string where,
                                                                          bool may_create = true);

class Store {
 public:
  // Takes the database for this store alone, and brings the schema up to date. Errors: kUnavailable
  // where another process has it still after `patience`; kInvalidConfig for a database of a newer
  // version; those of the database. `log` is told what keeps the schema from that.
  static runtime::Task<Result<std::unique_ptr<Store>>> open(runtime::EventLoop& loop,
                                                            std::unique_ptr<sql::Database> database,
                                                            Retention retention,
                                                            Duration patience = kClaimPatience,
                                                            const Log* log = nullptr);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // The number by which a cluster goes here; made for one that is new.
  runtime::Task<Result<std::int64_t>> cluster(std::string name);

  MetricIngest& metrics() { return metrics_; }
  CountQuery& counts() { return counts_; }
  sql::Database& database() { return *database_; }
  // Whoever else writes for a cluster takes a turn.
  Turns& turns() { return turns_; }
  const Retention& retention() const { return retention_; }

  // Background work, in steps that may be killed and done again. Whoever owns the store calls them,
  // the first at once and after each rest, the second every hour or so, and each one at a time. A
  // cluster that fails keeps none of the others waiting; the error is the first, and names it.
  //
  // Puts what was pending into blocks, of all clusters.
  runtime::Task<Result<void>> fold();
  // Until so much time is over, or so much is pending that it should not wait for that.
  runtime::Task<void> rest_from_folding(Duration at_most);
  // Removes what is over its retention, of all clusters.
  runtime::Task<Result<void>> forget();

 private:
  Store(runtime::EventLoop& loop, std::unique_ptr<sql::Database> database, Retention retention)
      : loop_(loop),
        retention_(retention),
        database_(std::move(database)),
        turns_(loop),
        metrics_(loop, *database_, retention_, turns_),
        counts_(loop, *database_, retention_),
        fold_(loop, *database_, retention_, turns_),
        forget_(loop, *database_, retention_, turns_) {}
  using ClusterWork = runtime::Task<Result<void>> (Store::*)(std::int64_t cluster);
  runtime::Task<Result<void>> for_all_clusters(ClusterWork work);
  runtime::Task<Result<void>> fold_cluster(std::int64_t cluster);
  runtime::Task<Result<void>> forget_cluster(std::int64_t cluster);

  runtime::EventLoop& loop_;
  const Retention retention_;
  std::unique_ptr<sql::Database> database_;
  Turns turns_;
  MetricIngest metrics_;
  CountQuery counts_;
  Fold fold_;
  Forget forget_;
  std::map<std::string, std::int64_t> clusters_;  // by name, as far as known
};

}  // namespace seine::dive
