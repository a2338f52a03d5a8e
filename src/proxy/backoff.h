// SPDX-License-Identifier: Apache-2.0
// Exponential backoff: the base doubles from min to max; on top comes jitter, uniform in
// [0, base * ratio], and the sum stays within max.
#pragma once

#include <algorithm>

#include "proxy/balance/p2c.h"
#include "proxy/config.h"

namespace seine::proxy {

class Backoff {
 public:
  explicit Backoff(const BackoffConfig& config) : config_(config), base_(config.min) {}

  Duration next(FastRandom& random) {
    const auto jitter = static_cast<std::int64_t>(static_cast<double>(base_.count()) *
                                                  config_.jitter * random.ratio());
    const Duration wait = std::min(config_.max, base_ + Duration(jitter));
    base_ = std::min(config_.max, base_ * 2);
    return wait;
  }
  void reset() { base_ = config_.min; }

 private:
  BackoffConfig config_;
  Duration base_;
};

}  // namespace seine::proxy
