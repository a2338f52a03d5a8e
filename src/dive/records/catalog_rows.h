// SPDX-License-Identifier: Apache-2.0
// The catalog of a cluster in the database.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "dive/catalog/cluster_catalog.h"
#include "dive/store/pods.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct StoredCatalog {
  ClusterCatalog::State state;
  WallTime known_until{};
};

// What some messages have changed, each thing as it is in the end.
struct CatalogWrite {
  struct Pods {
    WorkloadId workload;
    std::vector<LivingPod> pods;
    WallTime at;
  };
  std::map<WorkloadName, sql::Blob> workloads;
  std::map<ServiceName, sql::Blob> services;
  std::map<std::pair<WorkloadName, std::uint64_t>, Rollout> rollouts;
  std::vector<Pods> pods;  // in the order in which they were told
  sql::Blob deployments_position;
  sql::Blob services_position;
  WallTime known_until{};
};

// Number and name of each.
runtime::Task<Result<std::map<std::int64_t, std::string>>> read_clusters(
    sql::Transaction& transaction);
// Errors: kInvalidConfig names the row that cannot be read.
runtime::Task<Result<StoredCatalog>> read_catalog(sql::Transaction& transaction,
                                                  std::int64_t number, std::string cluster);
runtime::Task<Result<void>> write_catalog(sql::Transaction& transaction, std::int64_t number,
                                          std::string cluster, CatalogWrite write);
runtime::Task<Result<void>> remove_from_catalog(sql::Transaction& transaction, std::int64_t number,
                                                Forgotten forgotten);

}  // namespace seine::dive
