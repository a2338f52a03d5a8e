// SPDX-License-Identifier: Apache-2.0
// InboundServerPolicies.WatchPort.
#pragma once

#include "base/result.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "model/server_policy.h"

namespace seine::proxy {

// With the loopback authorization and default routes in place (with_effective_authorizations).
// Error kInvalidPolicy naming the field: the policy the port has stays.
Result<model::ServerPolicy> decode_inbound(const io::linkerd::proxy::inbound::Server& message);

}  // namespace seine::proxy
