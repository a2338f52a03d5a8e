// SPDX-License-Identifier: Apache-2.0
// Answers to InboundServerPolicies.GetPort and WatchPort.
#pragma once

#include "io/linkerd/proxy/inbound.pb.h"
#include "model/server_policy.h"

namespace seine::control {

// `policy` is as an administrator means it: routes hold their own authorizations only, and the one
// for loopback is left to the proxies, which all add it. An authorization without a network
// permits nobody and is left out, since proxies refuse a whole policy over it. gRPC routes keep
// the filters their contract has.
void encode_inbound(const model::ServerPolicy& policy, io::linkerd::proxy::inbound::Server& out);

}  // namespace seine::control
