// SPDX-License-Identifier: Apache-2.0
// HTTP and gRPC routes of outbound policy.
#pragma once

#include "base/result.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "model/client_policy.h"

namespace seine::proxy {

Result<model::ClientHttpRoute> decode_client_route(
    const io::linkerd::proxy::outbound::HttpRoute& message);
Result<model::ClientGrpcRoute> decode_client_route(
    const io::linkerd::proxy::outbound::GrpcRoute& message);

}  // namespace seine::proxy
