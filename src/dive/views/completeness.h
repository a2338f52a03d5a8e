// SPDX-License-Identifier: Apache-2.0
// What "now" is for counts: up to then all proxies have told what they counted. Pure.
#pragma once

#include <span>

#include "base/time.h"

namespace seine::dive {

// A cluster that has not told for so long is waited for no longer: time goes on, what is missing
// lowers coverage, and is put right when it comes. Proxies report every 10 s, so that what is
// complete is usually 10 to 20 s behind.
inline constexpr Duration kLongestWait = std::chrono::minutes(2);
// Whose agent was not heard for so long is not connected, and after a while that is told.
inline constexpr Duration kConnectedFor = std::chrono::minutes(1);
inline constexpr Duration kSilentAfter = std::chrono::minutes(5);

// The earliest of what clusters told, not after `now` and not before it by more than kLongestWait.
WallTime complete_moment(WallTime now, std::span<const WallTime> complete_until);

}  // namespace seine::dive
