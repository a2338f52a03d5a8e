// SPDX-License-Identifier: Apache-2.0
// Which backend of a rule takes a request. Pure.
#pragma once

#include "model/client_policy.h"
#include "proxy/balance/p2c.h"

namespace seine::proxy {

// By weight among all; first-available takes the first listed. Null where there is none.
const model::RouteBackend<model::Filter>* choose_backend(
    const model::Distribution<model::Filter>& distribution, FastRandom& random);

}  // namespace seine::proxy
