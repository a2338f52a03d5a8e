// SPDX-License-Identifier: Apache-2.0
// So much at once, and so much again every so often: a token bucket. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace seine::web {

class RateLimit {
 public:
  // Full at first; `every` brings one back, up to `burst`.
  RateLimit(std::uint32_t burst, Duration every) : burst_(burst), every_(every), left_(burst) {}

  // Takes one; false where there is none, and nothing changes.
  bool take(TimePoint now) {
    const auto came = (now - counted_) / every_;
    if (left_ + came >= burst_) {
      left_ = burst_;
      counted_ = now;
    } else {
      left_ += came;
      counted_ += came * every_;
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }

 private:
  std::int64_t burst_;
  Duration every_;
  std::int64_t left_;
  TimePoint counted_{};  // when the last one came back
};

}  // namespace seine::web
