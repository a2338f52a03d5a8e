// SPDX-License-Identifier: Apache-2.0
// Whether a message of an agent can be taken at all. What is wrong with one bucket is that bucket's
// alone: telemetry/check_bucket.h. Pure.
#pragma once

#include "base/result.h"

namespace dive::v1 {
class CountedBucket;
class Envelope;
class MetricMessage;
}  // namespace dive::v1

namespace seine::dive {

// Error kInvalidArgument, or kLimit: what is wrong with it.
Result<void> check_envelope(const ::dive::v1::Envelope& envelope);
// But for its buckets.
Result<void> check_message(const ::dive::v1::MetricMessage& message);
// Error kInvalidArgument.
Result<void> check_counted(const ::dive::v1::CountedBucket& counted);

}  // namespace seine::dive
