// SPDX-License-Identifier: Apache-2.0
#include "http/http2_guard.h"

#include <algorithm>

#include "base/check.h"

namespace seine::http {

bool Http2Guard::charge(Http2Close reason, std::int64_t points, TimePoint now) {
  points_ -= points;
  if (points_ >= kWarning) return true;
  // Time is looked at only here, when it decides.
  constexpr Duration kPerPoint = Duration(std::chrono::seconds(1)) / kPerSecond;
  const std::int64_t due = (now - refilled_) / kPerPoint;
  // What is less than a point is not lost, or frequent charges would stop the clock.
  refilled_ += due * kPerPoint;
  earn(due);
  if (points_ >= kWarning) return true;
  if (!warned_ || points_ < 0) reason_ = reason;
  warned_ = true;
  return points_ >= 0;
}

bool Http2Guard::is_free_to_cancel(TimePoint now) {
  if (cancels_ == 0) {
    constexpr Duration kPerCancel = Duration(std::chrono::seconds(1)) / kCancelsPerSecond;
    const std::int64_t due = (now - cancels_refilled_) / kPerCancel;
    cancels_refilled_ += due * kPerCancel;
    cancels_ = std::min(due, kCancels);
  }
  if (cancels_ == 0) return false;
  --cancels_;
  return true;
}

std::string_view http2_close_name(Http2Close reason) {
  switch (reason) {
    case Http2Close::kPeer: return "peer";
    case Http2Close::kDrained: return "drained";
    case Http2Close::kIo: return "io";
    case Http2Close::kProtocol: return "protocol";
    case Http2Close::kRapidReset: return "rapid reset";
    case Http2Close::kControlFlood: return "control flood";
    case Http2Close::kEmptyFrames: return "empty frames";
    case Http2Close::kMalformed: return "malformed messages";
    case Http2Close::kKeepalive: return "keepalive";
  }
  SEINE_CHECK(false, "an Http2Close without a name");
}

}  // namespace seine::http
