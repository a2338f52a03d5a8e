// SPDX-License-Identifier: Apache-2.0
// What the control plane says of outbound destinations, as snapshots.
#pragma once

#include <optional>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "model/client_policy.h"
#include "model/profile.h"
#include "proxy/discovery/watch.h"

namespace seine::proxy {

// Of one original destination: Watch and GetProfile together.
struct OutboundTarget {
  // Both answers are taken; an error fails the connection.
  Result<model::ClientPolicy> policy;
  bool opaque = false;  // the profile says: raw bytes
};
using OutboundTargets = WatchCache<SocketAddr, OutboundTarget>;

// Of one Destination.Get path: all endpoints there are.
using EndpointSet = std::vector<model::Endpoint>;
using Destinations = WatchCache<std::string, EndpointSet>;

}  // namespace seine::proxy
