// SPDX-License-Identifier: Apache-2.0
// The rows of `seine edges`: who has spoken to whom, and whether mutual TLS was between them. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/figures/resource.h"

namespace seine::registry::v1 {
class ListResponse;
}  // namespace seine::registry::v1
namespace seine::telemetry::v1 {
class ReadResponse;
}  // namespace seine::telemetry::v1

namespace seine::telemetry {

struct Edge {
  std::string src;
  std::string dst;
  std::string src_ns;
  std::string dst_ns;
  // As SERVICE-ACCOUNT.NAMESPACE; both empty where any of the traffic was without mutual TLS.
  std::string client_id;
  std::string server_id;
  std::string no_tls_reason;  // empty: all of it was secured
  friend bool operator==(const Edge&, const Edge&) = default;
};

// Of the namespace, as one end at least, if it is not empty; likewise of the name. Both ends are of
// the mesh: what is outside has no edge. Ordered by namespaces and names. Errors: kNotFound for a
// name that does not exist, kInvalidConfig for a kind that has no edges.
Result<std::vector<Edge>> make_edges(const seine::registry::v1::ListResponse& list,
                                     const seine::telemetry::v1::ReadResponse& window,
                                     const Resource& resource, const std::string& ns);

}  // namespace seine::telemetry
