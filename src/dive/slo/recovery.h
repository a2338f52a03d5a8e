// SPDX-License-Identifier: Apache-2.0
// When a budget that is overspent will be back, if requests go on as they do now: old failures age
// out of a rolling window, and new requests bring their share of budget and of failures.
#pragma once

#include <optional>

#include "base/time.h"
#include "dive/slo/burn.h"
#include "dive/slo/goal.h"
#include "dive/slo/series.h"
#include "dive/slo/window.h"

namespace seine::dive {

// The smallest t with B - Bexp(t) + e l t <= (1 - G)(N - Nexp(t) + l t), where Bexp and Nexp are of
// the buckets that will have left by t, l and e the flow's rate and bad share. `window` are the
// buckets that ended within (now - length, now]. Nothing: not at this share of failures. Looks no
// further than one length ahead, when all that is in the window has left it. One pass.
std::optional<Duration> rolling_recovery(const Goal& goal, BucketSeries window, Duration length,
                                         WallTime now, const Flow& flow);

// The same for a month, which nothing leaves before its end, when all begins anew: `rest` away.
Duration month_recovery(const Goal& goal, const Outcomes& counts, Duration rest, const Flow& flow);

}  // namespace seine::dive
