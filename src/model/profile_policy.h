// SPDX-License-Identifier: Apache-2.0
// What becomes of a policy where a service profile overrides it. Pure.
#pragma once

#include <cstdint>

#include "model/client_policy.h"
#include "model/profile.h"

namespace seine::model {

// The policy with one route for all of HTTP, whose requests go by weight to the profile's
// dst_overrides, or, where none has a weight, to the service that the profile is of. Raw
// connections go by the same weights; without them, and those of TLS routes in any case, as the
// policy says. Of the policy remain the protocol (gRPC becomes HTTP/2), the name of its default
// route, the failure accrual, and the queue and load of backends that both know; other backends
// have `queue` and a peak-EWMA of 30 ms and 10 s. CHECKs that the profile overrides it.
//
// `port`: of the name, where the profile does not say one.
ClientPolicy override_policy(ClientPolicy policy, const Profile& profile, std::uint16_t port,
                             const Queue& queue);

}  // namespace seine::model
