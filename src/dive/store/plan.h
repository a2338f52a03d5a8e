// SPDX-License-Identifier: Apache-2.0
// From which resolution each part of a span of time is read, so that every slot is counted once.
// Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "dive/store/retention.h"
#include "dive/store/slot.h"

namespace seine::dive {

enum class Detail : std::uint8_t {
  kFinest,  // the finest resolution that is kept there
  kTotals,  // as coarse as possible without losing the span's ends: for sums
};

// Slots that end within (from, to]. Both lie on an hour, but the first's `from` and the last's
// `to`.
struct Piece {
  Resolution resolution = Resolution::kTenSeconds;
  Seconds from = 0;
  Seconds to = 0;
  friend bool operator==(const Piece&, const Piece&) = default;
};

// Ascending, adjoining, never overlapping; none before what is kept at all.
std::vector<Piece> plan(Seconds from, Seconds to, Detail detail, const GoneUntil& gone_until);

}  // namespace seine::dive
