// SPDX-License-Identifier: Apache-2.0
// Answers to Destination.Get.
#pragma once

#include <vector>

#include "io/linkerd/proxy/destination.pb.h"
#include "model/endpoint.h"

namespace seine::control {

// A larger set goes out as several messages: a client takes no message over 4 MiB.
inline constexpr std::size_t kMaxEndpointsPerUpdate = 1000;

// The server name is always set: without one, proxies take a URI identity for no TLS.
void encode_endpoint(const model::Endpoint& endpoint,
                     io::linkerd::proxy::destination::WeightedAddr& out);

// In the order to send them; the first Add of a stream replaces what the proxy knew. An empty
// Added or Removed yields no message: NoEndpoints says that there are none.
std::vector<io::linkerd::proxy::destination::Update> encode_update(
    const model::EndpointUpdate& update);

}  // namespace seine::control
