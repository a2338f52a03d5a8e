// SPDX-License-Identifier: Apache-2.0
// From rows in memory to the bucket that is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/time.h"
#include "telemetry/ledger.h"

namespace seine::telemetry {

// One lane's part of a bucket.
struct LaneRows {
  std::span<const ledger::Slot> slots;
};

struct BucketTime {
  WallTime start;
  std::optional<Duration> length;  // none: not known
};

// The bucket's message; rows of the same key become one. Rows that do not parse are left out, which
// only a damaged ledger has. Without exemplars if it would be larger than `limit`.
std::string encode_bucket(std::uint64_t sequence, const BucketTime& time,
                          std::span<const LaneRows> lanes, std::size_t limit);

// Seals bucket `sequence`, which every recorder has left, into the ledger's ring. False: the ring
// is full; to be tried again when something has been acknowledged.
bool seal(Ledger& ledger, std::uint64_t sequence, const BucketTime& time);

}  // namespace seine::telemetry
