// SPDX-License-Identifier: Apache-2.0
#include "dive/store/plan.h"

#include <algorithm>

namespace seine::dive {

namespace {

void add(std::vector<Piece>& pieces, Resolution resolution, Seconds from, Seconds to) {
  if (from >= to) return;
  if (!pieces.empty() && pieces.back().resolution == resolution) {
    pieces.back().to = to;
  } else {
    pieces.push_back({resolution, from, to});
  }
}

// (from, to] at the finest that is kept there.
void add_finest(std::vector<Piece>& pieces, Seconds from, Seconds to, const GoneUntil& gone) {
  // Where each resolution begins to be the finest; hours go furthest back.
  const Seconds minutes = std::max(gone[1], gone[2]);
  const Seconds tens = std::max(gone[0], minutes);
  from = std::max(from, gone[2]);
  add(pieces, Resolution::kHour, from, std::min(to, minutes));
  add(pieces, Resolution::kMinute, std::max(from, minutes), std::min(to, tens));
  add(pieces, Resolution::kTenSeconds, std::max(from, tens), to);
}

}  // namespace

std::vector<Piece> plan(Seconds from, Seconds to, Detail detail, const GoneUntil& gone_until) {
  std::vector<Piece> pieces;
  from = std::max<Seconds>(from, 0);
  if (from >= to) return pieces;
  if (detail == Detail::kFinest) {
    add_finest(pieces, from, to, gone_until);
    return pieces;
  }
  const Seconds first_hour = std::min(to, floor_to_hour(from + 3599));
  const Seconds last_hour = std::max(first_hour, floor_to_hour(to));
  add_finest(pieces, from, first_hour, gone_until);
  add(pieces, Resolution::kHour, std::max(first_hour, gone_until[2]), last_hour);
  add_finest(pieces, last_hour, to, gone_until);
  return pieces;
}

}  // namespace seine::dive
