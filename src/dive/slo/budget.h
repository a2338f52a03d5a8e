// SPDX-License-Identifier: Apache-2.0
// The error budget of a window: how many of its requests may be bad, how many were, what is left.
// With G the goal, N requests, B bad ones and A = (1 - G) N: compliance C = 1 - B/N, spent B/A,
// left R = 1 - B/A. Exact.
#pragma once

#include <cstdint>
#include <optional>

#include "dive/slo/goal.h"
#include "dive/slo/ratio.h"
#include "dive/slo/tally.h"

namespace seine::dive {

class Budget {
 public:
  Budget(const Goal& goal, const Outcomes& counts) : goal_(goal), counts_(counts) {}

  const Outcomes& counts() const { return counts_; }
  bool has_traffic() const { return counts_.total() > 0; }
  // C >= G. False without traffic: nothing was promised of nothing, and nothing kept.
  bool is_met() const { return has_traffic() && units_left() >= 0; }
  // Nothing is left of it, and a failure took it: R <= 0 and B > 0.
  bool is_exhausted() const { return counts_.bad > 0 && units_left() <= 0; }

  // Nothing without traffic: neither 100% nor 0%. `left` goes below 0 without a bound.
  std::optional<Ratio> compliance() const;
  std::optional<Ratio> spent() const;
  std::optional<Ratio> left() const;

  // At this window's traffic, so of the window as it is: floor(A - B), and ceil(B - A). One of both
  // is 0.
  std::uint64_t may_still_fail() const;
  std::uint64_t over() const;
  // If nothing ages out meanwhile: how many more failures in a row the goal survives,
  // floor((A - B) / G); how many successes in a row bring it back, ceil((B - A) / (1 - G)).
  std::uint64_t failures_in_a_row() const;
  std::uint64_t successes_in_a_row() const;

  // A - B in billionths of a request.
  Int128 units_left() const {
    return Int128{goal_.allowed()} * counts_.total() - Int128{Goal::kWhole} * counts_.bad;
  }

 private:
  Goal goal_;
  Outcomes counts_;
};

}  // namespace seine::dive
