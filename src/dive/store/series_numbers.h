// SPDX-License-Identifier: Apache-2.0
// The number of each series in the database. Those that were asked for are remembered, bounded,
// until series of the cluster are removed.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "dive/store/clusters.h"
#include "dive/store/metric_batch.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

class SeriesNumbers {
 public:
  // By canonical key.
  using Numbers = std::unordered_map<std::string, std::int64_t>;

  // The numbers of all `rows`, which stay as they are meanwhile; series that are new are written
  // and numbered from `cluster`. With too many of them, that of an overflow series. What is found
  // is remembered once remember() says that the transaction was committed.
  runtime::Task<Result<Numbers>> resolve(sql::Transaction& transaction, ClusterRow& cluster,
                                         const MetricBatch::Rows& rows);
  void remember(const ClusterRow& cluster, const Numbers& numbers);

 private:
  struct Known {
    std::int64_t generation = 0;
    Numbers numbers;
  };

  std::unordered_map<std::int64_t, Known> known_;  // by cluster
};

}  // namespace seine::dive
