// SPDX-License-Identifier: Apache-2.0
// How far somebody's clock is behind ours, from when they say that they sent what we read. What is
// read late looks as if their clock were behind: a delay is only ever positive, so the least
// difference of some time is nearest to the truth. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/time.h"

namespace seine::telemetry {

// A clock that was set back without a word of it is believed after one to two of these.
inline constexpr std::chrono::minutes kClockMemory{10};

class ClockOffset {
 public:
  // Something was sent at `sent_at`, by their clock, and is read now.
  void hear(WallTime sent_at, WallTime now) {
    const Duration difference = now - sent_at;
    if (least_ && now - since_ < kClockMemory && now >= since_) {
      least_ = std::min(*least_, difference);
      return;
    }
    // Silence proves nothing: what was known before it stands until new things have come as long.
    before_ = least_;
    least_ = difference;
    since_ = now;
  }
  // What they sent later says that it was sent before: their clock was set back.
  void forget() {
    before_.reset();
    least_.reset();
  }

  // Ours minus theirs; nothing before the first word.
  std::optional<Duration> behind() const {
    if (!least_ || !before_) return least_;
    return std::min(*least_, *before_);
  }

 private:
  std::optional<Duration> before_;  // the least of the time before `since_`
  std::optional<Duration> least_;
  WallTime since_{};
};

}  // namespace seine::telemetry
