// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/recovery.h"

#include <algorithm>

#include "dive/slo/budget.h"
#include "dive/slo/seconds.h"

namespace seine::dive {
namespace {

// B - A of a line that starts at `over` and goes by `slope` a second, both in billionths of a
// request: when it is no longer above 0.
std::optional<long double> crossing(long double over, long double slope) {
  if (over <= 0) return 0;
  if (slope >= 0) return std::nullopt;
  return over / -slope;
}

long double slope_of(const Goal& goal, const Flow& flow) {
  return flow.requests_per_second *
         (flow.bad_share * Goal::kWhole - static_cast<long double>(goal.allowed()));
}

}  // namespace

std::optional<Duration> rolling_recovery(const Goal& goal, BucketSeries window, Duration length,
                                         WallTime now, const Flow& flow) {
  const long double slope = slope_of(goal, flow);
  // What is there already is subtracted exactly; only what is to come is an estimate.
  Int128 over = -Budget(goal, sum_of(window).tally.counts).units_left();
  long double since = 0;
  for (const CountBucket& bucket : window) {
    const long double leaves = std::max(0.0L, to_seconds(bucket.end + length - now));
    const auto there = crossing(static_cast<long double>(over) + slope * since, slope);
    if (there && since + *there < leaves) return from_seconds(since + *there);
    over += Budget(goal, bucket.tally.counts).units_left();
    since = leaves;
  }
  const auto there = crossing(static_cast<long double>(over) + slope * since, slope);
  if (there && since + *there <= to_seconds(length)) return from_seconds(since + *there);
  return std::nullopt;
}

Duration month_recovery(const Goal& goal, const Outcomes& counts, Duration rest, const Flow& flow) {
  const auto over = static_cast<long double>(-Budget(goal, counts).units_left());
  const auto there = crossing(over, slope_of(goal, flow));
  return there ? std::min(rest, from_seconds(*there)) : rest;
}

}  // namespace seine::dive
