// SPDX-License-Identifier: Apache-2.0
// How fast a budget goes. A burn rate of 1 spends it exactly within the window.
#pragma once

#include <optional>

#include "base/time.h"
#include "dive/slo/budget.h"
#include "dive/slo/goal.h"
#include "dive/slo/ratio.h"
#include "dive/slo/tally.h"

namespace seine::dive {

// (b/n) / (1 - G) of a short span. Nothing without traffic.
std::optional<Ratio> burn_rate(const Goal& goal, const Outcomes& recent);
// The burn rate if everything fails: 1 / (1 - G). No alert on more can ever fire.
Ratio highest_burn_rate(const Goal& goal);
// Of the whole window's budget, what a span within it took: B_w / ((1 - G) N). By traffic, so a
// quiet night does not count like a busy noon. Nothing where the window had no traffic.
std::optional<Ratio> consumed(const Goal& goal, const Outcomes& within, const Outcomes& window);

// R * T / b: how long what is left lasts if it goes on like this, `length` being the time over
// which the budget's counts were made. Zero if nothing is left, nothing if nothing burns. For a
// rolling window, whose traffic stays the same.
std::optional<Duration> time_to_exhaustion(const Budget& budget, Duration length,
                                           const Ratio& burn);

// What comes in now.
struct Flow {
  long double requests_per_second = 0;
  long double bad_share = 0;
};
Flow flow_of(const Outcomes& recent, Duration length);

// The same for a window that only grows, as a calendar month does: new requests bring new budget,
// so it is lost only at a burn rate above 1: (A - B) / (l (e - (1 - G))).
std::optional<Duration> time_to_exhaustion(const Budget& budget, const Goal& goal,
                                           const Flow& flow);

}  // namespace seine::dive
