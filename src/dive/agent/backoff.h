// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next attempt: twice as long each time, up to a limit, less a random
// part of up to a half, so that many agents do not come back at once.
#pragma once

#include <algorithm>
#include <random>

#include "base/time.h"

namespace seine::dive {

class Backoff {
 public:
  // `random` outlives it.
  Backoff(std::minstd_rand& random, Duration shortest, Duration longest)
      : random_(random), shortest_(shortest), longest_(longest), next_(shortest) {}

  Duration next() {
    const Duration whole = next_;
    next_ = std::min(longest_, next_ * 2);
    std::uniform_int_distribution<Duration::rep> part(whole.count() / 2, whole.count());
    return Duration(part(random_));
  }
  // There has been progress.
  void reset() { next_ = shortest_; }

 private:
  std::minstd_rand& random_;
  const Duration shortest_;
  const Duration longest_;
  Duration next_;
};

}  // namespace seine::dive
