// SPDX-License-Identifier: Apache-2.0
// The static workload file, a JSON document:
//
//   {"cluster": "demo",
//    "workloads": [{
//      "namespace": "shop", "name": "web",
//      "kind": "deployment", "service_account": "web", "version": "v1", "zone": "", "meshed": true,
//      "labels": {"team": "front"},
//      "inbound_policy": "all-authenticated",
//      "token": "secret" or "token_sha256": "64 hex digits",
//      "ports": [{"port": 8080, "name": "http", "protocol": "detect", "skip_inbound": false,
//                 "probes": ["/healthz"]}],
//      "pods": [{"name": "web-0", "ips": ["10.99.0.2"], "ready": true}]}],
//    "services": [{
//      "namespace": "shop", "name": "web", "cluster_ips": ["10.96.0.1"],
//      "ports": [{"port": 80, "name": "http", "target_port": 8080, "opaque": false}],
//      "workloads": ["web"], "routes": ["buy=POST:/buy", "cart=*:/cart/*"]}]}
//
// Routes are those of `seine run --route`. Required are namespace, name, a pod's name and ips, and
// a port's number; service_account defaults to the workload's name, target_port to port, a
// service's workloads to the one of its own name, inbound_policy (deny, all-authenticated or all-
// unauthenticated) to that of the controller's flag.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "control/registry/snapshot.h"

namespace seine::control {

inline constexpr std::size_t kMaxWorkloads = 10'000;
inline constexpr std::size_t kMaxPods = 100'000;  // over all workloads
inline constexpr std::size_t kMaxServices = 10'000;
inline constexpr std::size_t kMaxPortsPerEntry = 1024;
inline constexpr std::size_t kMaxProbesPerPort = 16;

// Error kInvalidConfig with line and column or the path of what is wrong.
Result<std::shared_ptr<const Snapshot>> parse_workload_file(std::string_view text);

}  // namespace seine::control
