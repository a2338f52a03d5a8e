// SPDX-License-Identifier: Apache-2.0
// Answers to Destination.GetProfile.
#pragma once

#include "io/linkerd/proxy/destination.pb.h"
#include "model/profile.h"

namespace seine::control {

void encode_profile(const model::Profile& profile,
                    io::linkerd::proxy::destination::DestinationProfile& out);

}  // namespace seine::control
