// SPDX-License-Identifier: Apache-2.0
// How long what is kept, at which resolution. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>

#include "base/time.h"
#include "dive/store/slot.h"

namespace seine::dive {

struct Retention {
  // By resolution; each at least as long as the one before.
  std::array<std::chrono::hours, 3> kept = {std::chrono::hours(6), std::chrono::hours(8 * 24),
                                            std::chrono::hours(90 * 24)};

  // Slots that end by then are not kept. On an hour.
  Seconds gone_until(Resolution resolution, WallTime now) const {
    const auto hours = kept[static_cast<std::size_t>(resolution)];
    const Seconds until = floor_seconds(now) - std::chrono::seconds(hours).count();
    return std::max<Seconds>(0, floor_to_hour(until));
  }
};

// By resolution: slots that end by then are not there, for they were removed or are about to be.
// Never less than what was removed, whatever clock and configuration say now.
using GoneUntil = std::array<Seconds, 3>;

}  // namespace seine::dive
