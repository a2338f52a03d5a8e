// SPDX-License-Identifier: Apache-2.0
// What the control plane says of outbound destinations, as snapshots.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "model/client_policy.h"
#include "model/profile.h"
#include "proxy/discovery/watch.h"

namespace seine::proxy {

class RetryAccount;

// A profile that overrides the policy (see model/profile_policy.h), for its routes.
struct ProfileRouting {
  model::Profile profile;
  std::string name;                       // "name:port", as l5d-dst-canonical and `dst` have it
  std::shared_ptr<RetryAccount> retries;  // shared by all cores; null: nothing is tried again
};

// What connections and requests go to: the address that a client connected to, or, in ingress mode
// and through a gateway, the service that it names: "name:port".
using TargetKey = std::variant<SocketAddr, std::string>;

// Of one target: Watch and GetProfile together.
struct OutboundTarget {
  // Both answers are taken; an error fails the connection.
  Result<model::ClientPolicy> policy;
  bool opaque = false;  // the profile says: raw bytes
  // What the policy was overridden by; null: it holds as it is.
  std::shared_ptr<const ProfileRouting> profile = nullptr;
  // Whether the profile is that of a service or a pod: the control plane knows it.
  bool is_known = false;
};
using OutboundTargets = WatchCache<TargetKey, OutboundTarget>;

// What is known of the target of `lease`, once it is. Error kFailfast, of the control plane, after
// `timeout`; `name` is for its text. `lease` outlives the task.
runtime::Task<Result<std::shared_ptr<const OutboundTarget>>> first_target(
    runtime::EventLoop& loop, OutboundTargets::Lease& lease, Duration timeout, std::string name);

// Of one Destination.Get path: all endpoints there are.
using EndpointSet = std::vector<model::Endpoint>;
using Destinations = WatchCache<std::string, EndpointSet>;

}  // namespace seine::proxy
