// SPDX-License-Identifier: Apache-2.0
// Time as messages have it.
#pragma once

#include <optional>

#include "google/protobuf/timestamp.pb.h"

#include "base/time.h"

namespace seine::dive {

// Nothing unless it is between 1970 and 2200: what a clock shows that was never set is no time to
// remember, and nanoseconds of 64 bits tell no later one.
inline std::optional<WallTime> wall_time_of(const google::protobuf::Timestamp& message) {
  constexpr std::int64_t kLatest = 7'258'118'400;
  if (message.seconds() < 0 || message.seconds() >= kLatest || message.nanos() < 0 ||
      message.nanos() > 999'999'999) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(message.seconds()) +
                  std::chrono::nanoseconds(message.nanos()));
}

}  // namespace seine::dive
