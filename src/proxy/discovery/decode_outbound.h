// SPDX-License-Identifier: Apache-2.0
// OutboundPolicies.Watch.
#pragma once

#include "base/result.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "model/client_policy.h"

namespace seine::proxy {

// Error kInvalidPolicy naming the field: traffic under such a policy is answered with 500.
Result<model::ClientPolicy> decode_outbound(
    const io::linkerd::proxy::outbound::OutboundPolicy& message);

}  // namespace seine::proxy
