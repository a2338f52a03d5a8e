// SPDX-License-Identifier: Apache-2.0
// Counts as the database has them: packed slots. Two forms share them.
//
//   block     1, kind, slots                 what one series counted in one span; the slots count
//                                            from the span's first
//   pending   1, then for each series: id (the difference to the one before), kind, slots
//             what came since blocks were written last; finest slots as they are
//   slots     how many, then for each, ascending: its number (the difference to the one before),
//   the
//             sums of its kind, and of HTTP: how many latency buckets, then each bucket's number
//             (the difference to the one before) and count
//
// Numbers as packed.h has them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "dive/store/counts.h"
#include "dive/store/slot.h"
#include "sql/value.h"

namespace seine::dive {

// Of one series; none of them counts from before the block's span.
sql::Blob encode_block(SeriesKind kind, Resolution resolution, std::int64_t span,
                       const SlotCounts& slots);
// Error kDatabaseCorrupt for what is none, or is of another span's shape.
Result<SlotCounts> decode_block(SeriesKind kind, Resolution resolution, std::int64_t span,
                                std::span<const std::byte> bytes);

// Which slots of a block somebody wants: those within [first, last], as they are or added up in the
// slot `sum_at`.
struct WantedSlots {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::optional<std::int64_t> sum_at;
};
WantedSlots all_slots(Resolution resolution, std::int64_t span);
// Adds them to `out`, and makes nothing of the others. Error kDatabaseCorrupt; then `out` may have
// a part of it.
Result<void> add_block(SeriesKind kind, Resolution resolution, std::int64_t span,
                       std::span<const std::byte> bytes, const WantedSlots& wanted,
                       SlotCounts& out);

struct PendingSeries {
  SeriesKind kind = SeriesKind::kHttp;
  SlotCounts slots;  // of the finest resolution
};
using Pending = std::map<std::int64_t, PendingSeries>;  // by the id of the series

// In as many pieces as it takes for each to be hardly more than `most_bytes`.
std::vector<sql::Blob> encode_pending(const Pending& pending, std::size_t most_bytes);
// Adds what is in there to `out`. Error kDatabaseCorrupt; then `out` may have a part of it.
Result<void> decode_pending(std::span<const std::byte> bytes, Pending& out);

}  // namespace seine::dive
