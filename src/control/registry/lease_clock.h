// SPDX-License-Identifier: Apache-2.0
// Time as leases know it: it runs only while this process could hear a renewal. Monotonic, so a
// jump of the wall clock is nothing; and a process that was stopped, or kept from its loop by a
// slow disk, has the time it missed taken off, so that nobody's lease ends for it.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace seine::control {

class LeaseClock {
 public:
  // Tick it at least so often.
  static constexpr std::chrono::milliseconds kTick{250};
  // Of a longer pause, so much counts.
  static constexpr std::chrono::seconds kLongestStep{1};

  explicit LeaseClock(TimePoint now) : last_(now) {}

  // How long there has been somebody to hear; never goes back.
  Duration tick(TimePoint now) {
    served_ += std::clamp<Duration>(now - last_, Duration::zero(), kLongestStep);
    last_ = std::max(last_, now);
    return served_;
  }

 private:
  TimePoint last_;
  Duration served_{};
};

}  // namespace seine::control
