// SPDX-License-Identifier: Apache-2.0
// Backends of outbound policy: where requests go, how endpoints are weighed and set aside.
#pragma once

#include "base/result.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "model/client_policy.h"

namespace seine::proxy {

// Both bounds are required, 0 <= min <= max, max > 0, and the jitter is not negative.
Result<model::Backoff> decode_backoff(
    const io::linkerd::proxy::outbound::ExponentialBackoff& message);
Result<model::FailureAccrual> decode_accrual(
    const io::linkerd::proxy::outbound::FailureAccrual& message);
Result<model::Backend> decode_backend(const io::linkerd::proxy::outbound::Backend& message);

}  // namespace seine::proxy
