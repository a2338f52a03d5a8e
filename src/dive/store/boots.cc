// SPDX-License-Identifier: Apache-2.0
#include "dive/store/boots.h"

#include <utility>

#include "dive/store/batch.h"
#include "dive/store/packed.h"
#include "dive/store/slot.h"

namespace seine::dive {

using runtime::Task;
using telemetry::SequenceSet;

namespace {

sql::Blob to_blob(std::string_view octets) {
  const auto bytes = std::as_bytes(std::span(octets));
  return {bytes.begin(), bytes.end()};
}
std::string to_text(const sql::Blob& blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

Result<void> take_row(const sql::Values& row, Boots& boots) {
  const auto instance = sql::get<sql::Blob>(row, 0);
  const auto boot = sql::get<sql::Blob>(row, 1);
  const auto counted = sql::get<sql::Blob>(row, 2);
  const auto redated = sql::get<std::int64_t>(row, 3);
  for (const auto* each : {&instance, &boot, &counted}) {
    if (!*each) return fail(each->error());
  }
  if (!redated) return fail(redated.error());
  const auto found = boots.find({to_text(*instance), to_text(*boot)});
  if (found == boots.end()) return {};
  found->second.redated = *redated != 0;
  return decode_sequences(*counted, found->second.counted);
}

}  // namespace

sql::Blob encode_sequences(const SequenceSet& set) {
  PackedWriter out;
  out.number(set.lost());
  out.number(set.ranges().size());
  std::uint64_t before = 0;
  for (const SequenceSet::Range& range : set.ranges()) {
    out.number(range.first - before);
    out.number(range.last - range.first);
    before = range.last;
  }
  return out.take();
}

Result<void> decode_sequences(std::span<const std::byte> bytes, SequenceSet& out) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  PackedReader in(bytes);
  const std::uint64_t lost = in.number();
  std::vector<SequenceSet::Range> ranges(in.number_up_to(kMaxSequenceRanges));
  std::uint64_t before = 0;
  for (SequenceSet::Range& range : ranges) {
    range.first = before + in.number_up_to(kMost - before);
    range.last = range.first + in.number_up_to(kMost - range.first);
    before = range.last;
  }
  if (!in.done() || !out.restore(std::move(ranges))) {
    return fail(ErrorCode::kDatabaseCorrupt, "sequences in the database are not what was written");
  }
  out.set_lost(lost);
  return {};
}

Task<Result<void>> load_boots(sql::Transaction& transaction, std::int64_t cluster, Boots& boots) {
  std::vector<sql::Values> keys;
  for (const auto& [id, boot] : boots) {
    keys.push_back({cluster, to_blob(id.instance), to_blob(id.boot)});
  }
  auto rows = co_await find_rows(transaction,
                                 {.columns = "t.instance, t.boot, t.counted, t.redated",
                                  .table = "boots",
                                  .keys = {"cluster", "instance", "boot"}},
                                 std::move(keys));
  if (!rows) co_return fail(std::move(rows.error()));
  for (const sql::Values& row : *rows) {
    if (auto taken = take_row(row, boots); !taken) co_return taken;
  }
  co_return Result<void>();
}

Task<Result<void>> save_boots(sql::Transaction& transaction, std::int64_t cluster,
                              const Boots& boots, WallTime now) {
  std::vector<sql::Values> rows;
  for (const auto& [id, boot] : boots) {
    if (!boot.changed) continue;
    rows.push_back({cluster, to_blob(id.instance), to_blob(id.boot), encode_sequences(boot.counted),
                    to_milliseconds(now), std::int64_t{boot.redated}});
  }
  co_return co_await insert_rows(
      transaction, "INSERT INTO boots (cluster, instance, boot, counted, heard, redated)",
      "ON CONFLICT (cluster, instance, boot) DO UPDATE SET counted = excluded.counted,"
      " heard = excluded.heard, redated = excluded.redated",
      std::move(rows));
}

}  // namespace seine::dive
