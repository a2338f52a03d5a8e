// SPDX-License-Identifier: Apache-2.0
// Times as messages have them.
#pragma once

#include <chrono>
#include <cstdint>

#include "google/protobuf/timestamp.pb.h"

#include "base/time.h"

namespace seine::dive {

inline void encode_time(WallTime time, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<std::int32_t>((time - seconds).count()));
}

// What is no time, or out of the range of ours, is the beginning of 1970.
inline WallTime decode_time(const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kLastSecond = 8'000'000'000;  // in the year 2223
  if (time.seconds() < 0 || time.seconds() > kLastSecond || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return {};
  }
  return WallTime(std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos()));
}

}  // namespace seine::dive
