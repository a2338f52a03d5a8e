// SPDX-License-Identifier: Apache-2.0
// Which addresses stand behind a name, and how to speak to each: Destination.Get as a pure function
// over a snapshot, and the difference between two of its answers.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "control/mesh_names.h"
#include "control/registry/snapshot.h"
#include "model/endpoint.h"

namespace seine::control {

// Where a proxy takes connections from other proxies.
inline constexpr std::uint16_t kProxyInboundPort = 4143;

// What a path or an address asks for.
struct ServiceTarget {
  ServiceName service;
  std::uint16_t port = 80;
  friend auto operator<=>(const ServiceTarget&, const ServiceTarget&) = default;
};
using Target = std::variant<ServiceTarget, SocketAddr>;

// "name:port" or "ip:port"; without a port 80. Error kInvalidArgument for anything else, and for
// names that are no service of this cluster.
Result<Target> parse_target(const MeshNames& names, std::string_view path);

// Immutable, shared by all streams that ask for the same target.
struct EndpointSet {
  bool exists = false;  // false: nobody has heard of the target
  std::map<SocketAddr, model::Endpoint> endpoints;
  friend bool operator==(const EndpointSet&, const EndpointSet&) = default;
};

EndpointSet find_endpoints(const MeshNames& names, const Snapshot& snapshot, const Target& target);

// The endpoint of one pod's address; TLS, hint and transport header as its workload allows.
model::Endpoint make_endpoint(const MeshNames& names, const Snapshot& snapshot, const PodRef& ref,
                              const SocketAddr& addr);

// What turns `before` into `after`, in the order to send it; nothing if they are equal. `before`
// may be null: nothing was sent yet, so that even an empty set is news.
std::vector<model::EndpointUpdate> diff(const EndpointSet* before, const EndpointSet& after);

}  // namespace seine::control
