// SPDX-License-Identifier: Apache-2.0
// What agents tell, into the store and the records: counts by Store::metrics(), the rest into the
// catalog and the events, with the position of its stream in the same transaction. And who may tell
// it: join tokens and the keys of clusters.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <string>
#include <vector>

#include "dive/api/cluster_sink.h"
#include "dive/records/records.h"
#include "dive/store/store.h"
#include "runtime/event_loop.h"

namespace seine::dive {

class StoreSink final : public ClusterSink, public ClusterBook {
 public:
  StoreSink(runtime::EventLoop& loop, Store& store, Records& records)
      : loop_(loop), store_(store), records_(records) {}

  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::MetricMessage> messages) override;
  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::DeploymentMessage> messages) override;
  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::ServiceMessage> messages) override;
  runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::AddEventRequest> events) override;

  runtime::Task<Result<std::optional<JoinTokenRow>>> find_token(crypto::Sha256 digest) override;
  runtime::Task<Result<void>> add_token(crypto::Sha256 digest, JoinTokenRow token) override;
  runtime::Task<Result<void>> bind(crypto::Sha256 digest, std::string cluster,
                                   std::string public_key) override;
  runtime::Task<Result<std::optional<std::string>>> find_key(std::string cluster) override;

 private:
  runtime::EventLoop& loop_;
  Store& store_;
  Records& records_;
};

}  // namespace seine::dive
