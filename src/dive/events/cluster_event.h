// SPDX-License-Identifier: Apache-2.0
// Something that an agent found in its cluster.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "dive/catalog/workload.h"

namespace dive::v1 {
class ClusterEvent;
}  // namespace dive::v1

namespace seine::dive {

struct ClusterEvent {
  std::string id;    // unique in its cluster: told twice, it is one
  std::string kind;  // "agent.started"
  WallTime at;       // by the cluster's clock
  std::optional<WorkloadName> workload;
  std::string summary;
  std::string description;  // Markdown
  friend bool operator==(const ClusterEvent&, const ClusterEvent&) = default;
};

// Within event_limits.h. Error kInvalidArgument: it can never be taken, and why.
Result<ClusterEvent> read_cluster_event(const ::dive::v1::ClusterEvent& message);

}  // namespace seine::dive
