// SPDX-License-Identifier: Apache-2.0
// The clusters and their catalogs, in memory and in the database. Each catalog is there twice: as
// it is being written, and as it is seen, which follows when the write is done. Copying the whole
// for each message would cost more.
//
// One loop. What it is given outlives it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "dive/api/cluster_sink.h"
#include "dive/catalog/cluster_news.h"
#include "dive/records/catalog_rows.h"
#include "dive/records/doubts.h"
#include "dive/records/records.h"
#include "dive/store/store.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

class CatalogKeeper {
 public:
  CatalogKeeper(runtime::EventLoop& loop, Store& store, Doubts& doubts)
      : loop_(loop), store_(store), doubts_(doubts) {}

  // All clusters that the database has. Once, before anything else.
  runtime::Task<Result<void>> load();
  const std::map<std::string, KeptCluster>& clusters() const { return clusters_; }
  // Nothing for a number that is none.
  const KeptCluster* find(std::int64_t number) const;

  // The number of a cluster, which is one from now on. Error kLimit.
  runtime::Task<Result<std::int64_t>> know(std::string cluster);
  // Its agent has told something, and sent it at that time by its own clock.
  void hear(const std::string& cluster, const ::dive::v1::Envelope& envelope);

  // As ClusterSink has it.
  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::DeploymentMessage> messages);
  runtime::Task<Result<std::vector<Applied>>> add(std::string cluster,
                                                  std::vector<::dive::v1::ServiceMessage> messages);

  // What has been gone for kGoneFor.
  runtime::Task<Result<void>> forget(WallTime now);
  // Reads anew what is in doubt, in a turn that is taken here.
  runtime::Task<Result<void>> settle(std::int64_t number);

 private:
  // What came for the first time: what it tells, or its number alone where it was refused.
  template <class News>
  using Taken = std::vector<std::variant<News, MessageNumber>>;

  template <class News, class Message>
  runtime::Task<Result<std::vector<Applied>>> add_all(std::string cluster,
                                                      std::vector<Message> messages);
  template <class News, class Message>
  std::vector<Applied> apply(const KeptCluster& cluster, const std::vector<Message>& messages,
                             CatalogWrite& write, Taken<News>& taken);
  runtime::Task<Result<void>> forget_one(std::string cluster, WallTime now);
  // Within a turn.
  runtime::Task<Result<void>> settle_within(std::int64_t number);

  runtime::EventLoop& loop_;
  Store& store_;
  Doubts& doubts_;
  std::map<std::string, KeptCluster> clusters_;
  std::map<std::int64_t, ClusterCatalog> written_;  // ahead of what is seen while a write goes on
};

}  // namespace seine::dive
