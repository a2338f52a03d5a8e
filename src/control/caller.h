// SPDX-License-Identifier: Apache-2.0
// Who calls the control plane: the workload a proxy says it runs beside, and whether its
// certificate agrees. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/mesh_names.h"
#include "control/registry/snapshot.h"
#include "model/identity.h"

namespace seine::control {

inline constexpr std::size_t kMaxContextBytes = 4096;

// GetDestination.context_token, TrafficSpec.source_workload, PortSpec.workload. `pod` may be empty.
struct CallerContext {
  std::string ns;
  std::string pod;
  std::string node;
  bool operator==(const CallerContext&) const = default;
};

// {"ns":"NS", "nodeName":"NODE", "pod":"POD"}, or the older forms "ns:NS" (of the destination API)
// and "NS:POD" (of the policy API). Spaces and line ends around it are allowed. An empty text is an
// empty context. Errors: kInvalidArgument; kLimit beyond kMaxContextBytes.
Result<CallerContext> parse_caller_context(std::string_view text);

// Whether a peer with this identity may speak for that workload: the pod is known and runs as the
// peer's service account, or no pod is named and the peer's service account is of that namespace.
// Error kUnauthorized.
Result<void> authorize_caller(const MeshNames& names, const Snapshot& snapshot,
                              const CallerContext& context, const model::Identity& peer);

}  // namespace seine::control
