// SPDX-License-Identifier: Apache-2.0
// The bounds of what the records take and keep. Those of one thing are in catalog_limits.h,
// event_limits.h and objective.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace seine::dive {

// One more is refused.
inline constexpr std::size_t kMaxObjectives = 2000;
inline constexpr std::int64_t kMaxProcessEvents = 10'000;  // within retention
inline constexpr std::int64_t kMaxJoinTokens = 1000;       // within kTokenKeptFor
// The oldest go.
inline constexpr std::int64_t kMaxClusterEvents = 10'000;    // of one cluster
inline constexpr std::int64_t kMaxRolloutsOfWorkload = 200;  // those that are over

// Of one answer. A question that asks for more gets these.
inline constexpr std::size_t kMaxEventsOfAnswer = 1000;
inline constexpr std::size_t kMaxFoundRollouts = 2000;  // the newest

// A token that is over is still known for so long, so that whoever has used it may ask again: the
// answer may have been lost.
inline constexpr std::chrono::days kTokenKeptFor{7};

// How much of the work is done at a time. A workload's body has up to 7.5 MiB (as much as a message
// of its agent, and names of pods that were), an event's up to 1.5; a result of the database, 64.
inline constexpr std::int64_t kCatalogPageRows = 8;
inline constexpr std::int64_t kEventPageRows = 32;
inline constexpr std::int64_t kForgottenRows = 500;  // in one transaction

}  // namespace seine::dive
