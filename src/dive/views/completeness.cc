// SPDX-License-Identifier: Apache-2.0
#include "dive/views/completeness.h"

#include <algorithm>

namespace seine::dive {

WallTime complete_moment(WallTime now, std::span<const WallTime> complete_until) {
  WallTime out = now;
  for (const WallTime each : complete_until) out = std::min(out, each);
  return std::max(out, now - kLongestWait);
}

}  // namespace seine::dive
