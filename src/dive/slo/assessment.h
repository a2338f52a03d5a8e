// SPDX-License-Identifier: Apache-2.0
// All that a card shows of an objective at one moment. Pure: the same counts give the same card, in
// the API, on the page, in a message and in the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "dive/slo/budget.h"
#include "dive/slo/objective.h"
#include "dive/slo/series.h"
#include "dive/slo/window.h"

namespace seine::dive {

enum class State : std::uint8_t {
  kHealthy,
  kBurning,      // something is left, and it goes faster than the window brings it back
  kExhausted,    // nothing is left
  kNoTraffic,    // no request in the window, and nothing is missing
  kPartialData,  // too much is missing to say
  kUnreadable,   // its counts cannot be read; never of assess()
};
// "healthy", "burning", "exhausted", "no traffic", "partial data", "unreadable".
std::string_view state_name(State state);

// Below it a verdict is withheld: of buckets, and of requests that could be judged.
inline constexpr Ratio kLeastCoverage{95, 100};
// One failure of a quiet service is no trend.
inline constexpr std::uint64_t kFewestToBurn = 2;

struct Assessment {
  State state = State::kNoTraffic;
  Span span;      // of the window
  Tally tally;    // of the window
  Budget budget;  // of the window
  // Good among the last recent_length(window), the SLI as it is now, and how fast that burns.
  // Nothing where there was no request.
  Outcomes recent;
  std::optional<Ratio> recent_share;
  std::optional<Ratio> burn;
  Coverage coverage;
  // Until the budget is gone: only where it burns, and not longer than the window.
  std::optional<Duration> exhausted_in;
  // Until it is back: absent unless the goal is missed, and where it does not come back.
  std::optional<Duration> recovers_in;
};

// `series` holds at least the window; what is outside of it is ignored. `now` is the moment up to
// which counts are complete. `zone` is the zone of the objective's month; rolling windows ask
// nothing of it.
Assessment assess(const Objective& objective, BucketSeries series, WallTime now,
                  const TimeZone& zone);

}  // namespace seine::dive
