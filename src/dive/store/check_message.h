// SPDX-License-Identifier: Apache-2.0
// Whether a message of an agent can be taken at all: within its limits, and nothing in it that a
// database would refuse. Pure.
#pragma once

#include "base/result.h"

namespace dive::v1 {
class Envelope;
class MetricMessage;
}  // namespace dive::v1

namespace seine::dive {

// Error kInvalidArgument, or kLimit: what is wrong with it, and with which bucket.
Result<void> check_envelope(const ::dive::v1::Envelope& envelope);
Result<void> check_message(const ::dive::v1::MetricMessage& message);

}  // namespace seine::dive
