// SPDX-License-Identifier: Apache-2.0
// Destination.Get: endpoints and what is known of them.
#pragma once

#include <vector>

#include "base/result.h"
#include "io/linkerd/proxy/destination.pb.h"
#include "model/endpoint.h"

namespace seine::proxy {

// Labels of a control plane with their keys made fit for metrics: [a-zA-Z0-9_], others become '_'.
model::Labels decode_labels(const google::protobuf::Map<std::string, std::string>& message);

// `set_labels` are those of the whole set; the address's own win. An identity that cannot be read
// refuses the endpoint, since plain text must not stand in for TLS; a URI identity without a
// server name means no TLS, as upstream has it.
Result<model::Endpoint> decode_endpoint(
    const io::linkerd::proxy::destination::WeightedAddr& message, const model::Labels& set_labels);

struct DecodedUpdate {
  model::EndpointUpdate update;
  // Of the endpoints left out, why: to be logged.
  std::vector<Error> refused;
};
// One bad endpoint does not spoil the others. Error kInvalidPolicy if the update says nothing.
Result<DecodedUpdate> decode_update(const io::linkerd::proxy::destination::Update& message);

}  // namespace seine::proxy
