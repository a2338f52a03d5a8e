// SPDX-License-Identifier: Apache-2.0
// Which service of a cluster a row is of, for many rows at once; what subject_rows.h decides for
// one. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "dive/catalog/cluster_catalog.h"
#include "dive/evidence/count_rows.h"
#include "dive/store/pods.h"

namespace seine::dive {

class ClusterServices {
 public:
  explicit ClusterServices(const ClusterCatalog::State& catalog);

  // That of the target; of a caller that named none, each of those that the workload answers on
  // this port. None of an overflow row.
  std::vector<ServiceName> services_of(const RowFacts& facts) const;

 private:
  using Door = std::tuple<std::string, std::string, std::uint16_t>;  // namespace, workload, port
  std::map<Door, std::vector<ServiceName>> doors_;
};

// Whose counts are of a service (answering()), as the store names them. Empty where there is no
// such service.
std::vector<WorkloadId> workload_ids(const ClusterCatalog::State& catalog, const ServiceName& name);

}  // namespace seine::dive
