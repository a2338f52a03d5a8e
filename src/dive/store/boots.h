// SPDX-License-Identifier: Apache-2.0
// Which buckets were counted: of each life of a proxy's process, the sequences. Read before a batch
// of messages is counted and written after it, in its transaction.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/store/store_limits.h"
#include "runtime/task.h"
#include "sql/database.h"
#include "telemetry/sequence_set.h"

namespace seine::dive {

struct BootId {
  std::string instance;
  std::string boot;
  friend auto operator<=>(const BootId&, const BootId&) = default;
};

struct Boot {
  telemetry::SequenceSet counted{kMaxSequenceRanges};
  bool redated = false;  // its clock is off, which was told
  bool changed = false;
};
using Boots = std::map<BootId, Boot>;

// Packed ranges: how many were lost, how many ranges, and for each the differences.
sql::Blob encode_sequences(const telemetry::SequenceSet& set);
// Error kDatabaseCorrupt.
Result<void> decode_sequences(std::span<const std::byte> bytes, telemetry::SequenceSet& out);

// Fills what the database knows into `boots`, whose keys say what is wanted.
runtime::Task<Result<void>> load_boots(sql::Transaction& transaction, std::int64_t cluster,
                                       Boots& boots);
runtime::Task<Result<void>> save_boots(sql::Transaction& transaction, std::int64_t cluster,
                                       const Boots& boots, WallTime now);

}  // namespace seine::dive
