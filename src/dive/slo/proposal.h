// SPDX-License-Identifier: Apache-2.0
// Goals that history would have kept, so that nobody's first objective fails as it is saved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "dive/slo/goal.h"
#include "dive/slo/ratio.h"
#include "dive/slo/series.h"
#include "dive/slo/window.h"

namespace seine::dive {

struct Proposal {
  Goal goal;
  // Of the last window's time, that in which the goal was met over the window before each moment.
  Ratio met;
  // What would be left of the budget now; at or below 0 it would begin exhausted.
  Ratio left_now;
  // In requests: 0 where traffic is too thin for the goal, so that the next failure breaks it.
  std::uint64_t may_still_fail;
};

struct Proposals {
  // The usual goals, strictest first, and where all of them were missed at times, one below that
  // was not. Empty without traffic.
  std::vector<Proposal> goals;
  // The strictest that was met at every moment, and that still bears a failure now.
  std::optional<std::size_t> recommended;
};

// A moment is the end of a bucket within the window before `now`, and stands for the bucket's
// length; one that has no requests in the window before it stands for none. `series` reaches two
// windows back where history does; where it does not, the moments look at what there is. Linear in
// buckets.
Proposals propose_goals(const Window& window, BucketSeries series, WallTime now,
                        const TimeZone& zone);

// How a goal of the user's own would have done. Nothing without traffic.
std::optional<Proposal> try_goal(const Goal& goal, const Window& window, BucketSeries series,
                                 WallTime now, const TimeZone& zone);

}  // namespace seine::dive
