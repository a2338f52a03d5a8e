// SPDX-License-Identifier: Apache-2.0
// What of a cluster's state Dive has to be told: all of it at first, then what changed, in order.
// What a change means is Dive's to find out. Pure.
#pragma once

#include <vector>

#include "dive/agent/sources.h"
#include "dive/v1/cluster.pb.h"

namespace seine::dive {

struct StateNews {
  std::vector<::dive::v1::DeploymentMessage> workloads;
  std::vector<::dive::v1::ServiceMessage> services;
};

class StateTeller {
 public:
  // Since the last call.
  StateNews tell(ClusterState state);
  // Messages of this kind were dropped: all is told again.
  void forget_workloads() { knows_workloads_ = false; }
  void forget_services() { knows_services_ = false; }
  // What was told last; null before anything was.
  const ClusterState* told() const { return has_told_ ? &told_ : nullptr; }

 private:
  ClusterState told_;
  bool has_told_ = false;
  bool knows_workloads_ = false;
  bool knows_services_ = false;
};

}  // namespace seine::dive
