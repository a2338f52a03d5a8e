// SPDX-License-Identifier: Apache-2.0
// The standalone registry as the JSON document it is kept in. Pure.
//
//   {"version": 1, "next_pod": 9,
//    "leases": [{
//      "cluster": "local", "namespace": "shop", "workload": "web", "pod": "web-x7k2p",
//      "lease": "...", "secret_sha256": "...", "ips": ["10.77.0.8", "fd5e:1e00::8"],
//      "service": "web", "service_account": "web", "version": "v1", "labels": {},
//      "ports": [{"port": 8080, "protocol": "http1", "probes": []}], "published": [8080],
//      "routes": ["buy=POST:/buy"],
//      "listening": [8080], "ready": true, "leaving": false,
//      "since": 1767225600, "started_by": "ada"}],
//    "services": [{
//      "cluster": "local", "namespace": "shop", "name": "web", "ips": ["10.78.3.9"],
//      "ports": [8080], "routes": ["buy=POST:/buy"]}],
//    "resting": [{"cluster": "local", "pod": "shop/web-aaaaa", "ip": "10.77.0.7"}]}
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/mesh_names.h"
#include "control/registry/registry_state.h"

namespace seine::control {

inline constexpr int kRegistryVersion = 1;
inline constexpr std::size_t kMaxRegistryBytes = 16 << 20;

std::string encode_registry(const RegistryScope& scope, const RegistryState& state);

struct ParsedRegistry {
  RegistryState state;
  // Entries left out, since their addresses are not of the ranges of today.
  std::size_t foreign = 0;
};

// Errors: kInvalidConfig for a file of a newer version or another cluster, which is whole and not
// ours to touch; kInvalidArgument or kLimit for one that is damaged.
Result<ParsedRegistry> parse_registry(std::string_view text, const RegistryScope& scope,
                                      const MeshNames& names);

}  // namespace seine::control
