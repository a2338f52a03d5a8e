// SPDX-License-Identifier: Apache-2.0
#include "dive/store/check_message.h"

#include <string>

#include "dive/store/store_limits.h"
#include "dive/v1/cluster.pb.h"
#include "telemetry/check_bucket.h"

namespace seine::dive {

Result<void> check_envelope(const ::dive::v1::Envelope& envelope) {
  if (envelope.epoch().size() != telemetry::kIdOctets) {
    return fail(ErrorCode::kInvalidArgument, "an epoch is 16 octets");
  }
  if (envelope.sequence() == 0 || envelope.sequence() > telemetry::kLastSequence) {
    return fail(ErrorCode::kInvalidArgument, "sequences count from 1");
  }
  if (envelope.has_sent_at() && !telemetry::read_time(envelope.sent_at())) {
    return fail(ErrorCode::kInvalidArgument, "sent_at is no time");
  }
  return {};
}

Result<void> check_message(const ::dive::v1::MetricMessage& message) {
  if (message.buckets_size() <= kMaxMessageBuckets) return {};
  return fail(ErrorCode::kLimit, "buckets of a message over " + std::to_string(kMaxMessageBuckets));
}

Result<void> check_counted(const ::dive::v1::CountedBucket& counted) {
  if (auto checked = telemetry::check_reporter(counted.reporter()); !checked) return checked;
  return telemetry::check_bucket(counted.bucket());
}

}  // namespace seine::dive
