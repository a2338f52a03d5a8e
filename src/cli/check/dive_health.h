// SPDX-License-Identifier: Apache-2.0
// What Dive says of the agents it hears. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace seine::cli {

// An agent that tells nothing for so long is not heard: it tells of a quiet mesh, too.
inline constexpr Duration kAgentSilence = std::chrono::minutes(1);

struct HeardCluster {
  std::string name;
  std::optional<WallTime> last_seen;
};

// Of the answer to GET /api/v1/clusters. Error kProtocol.
Result<std::vector<HeardCluster>> parse_clusters(const std::string& body);
// Error kUnavailable: the cluster's agent is not heard, since when.
Result<void> check_heard(const std::vector<HeardCluster>& clusters, std::string_view cluster,
                         WallTime now);

}  // namespace seine::cli
