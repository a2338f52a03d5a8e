// SPDX-License-Identifier: Apache-2.0
// Answers to OutboundPolicies.Get and Watch. Proxies refuse a whole policy over one missing field,
// so everything they require is always written: all four parts of Detect, metadata and a queue for
// each backend, a kind for each distribution, conditions for each retry.
#pragma once

#include "io/linkerd/proxy/outbound.pb.h"
#include "model/client_policy.h"

namespace seine::control {

void encode_outbound(const model::ClientPolicy& policy,
                     io::linkerd::proxy::outbound::OutboundPolicy& out);

}  // namespace seine::control
