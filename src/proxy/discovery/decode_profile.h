// SPDX-License-Identifier: Apache-2.0
// Destination.GetProfile.
#pragma once

#include "base/result.h"
#include "io/linkerd/proxy/destination.pb.h"
#include "model/profile.h"

namespace seine::proxy {

// How deep conditions may nest; a route with a deeper one is left out.
inline constexpr int kMaxConditionDepth = 32;

// As upstream, what cannot be understood is left out: a route with a bad condition, a class or a
// destination alone, a retry budget out of range. Error kInvalidPolicy only if the endpoint cannot
// be read: without it traffic would go out in plain.
Result<model::Profile> decode_profile(
    const io::linkerd::proxy::destination::DestinationProfile& message);

}  // namespace seine::proxy
