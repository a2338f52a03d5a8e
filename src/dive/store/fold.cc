// SPDX-License-Identifier: Apache-2.0
#include "dive/store/fold.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dive/store/batch.h"
#include "dive/store/gone_until.h"
#include "dive/store/store_limits.h"
#include "dive/store/try_again.h"
#include "runtime/combine.h"

namespace seine::dive {

using runtime::Task;

namespace {

// Series, resolution, span.
using BlockId = std::array<std::int64_t, 3>;
struct NewBlock {
  SeriesKind kind = SeriesKind::kHttp;
  SlotCounts slots;
};
using NewBlocks = std::map<BlockId, NewBlock>;

// What no block of a resolution has a place for any more.
struct LeftOut {
  std::uint64_t slots = 0;
  std::uint64_t requests = 0;
  Seconds last = 0;  // when it ended
};

// What a series' finest slots add to the blocks of a resolution.
void spread(std::int64_t id, const PendingSeries& series, Resolution resolution, Seconds gone_until,
            NewBlocks& out, LeftOut& left_out) {
  for (const auto& [finest, counts] : series.slots) {
    const std::int64_t slot = slot_of_finest(resolution, finest);
    if (slot_end(resolution, slot) <= gone_until) {
      ++left_out.slots;
      if (series.kind == SeriesKind::kHttp) left_out.requests += counts.sums[kRequests];
      left_out.last = std::max(left_out.last, slot_end(Resolution::kTenSeconds, finest));
      continue;
    }
    NewBlock& block =
        out[{id, static_cast<std::int64_t>(resolution), span_of_slot(resolution, slot)}];
    block.kind = series.kind;
    block.slots[slot].add(counts);
  }
}

// Nobody drops counts in silence.
Task<Result<void>> tell_dropped(sql::Transaction& transaction, ClusterRow& row, WallTime now,
                                LeftOut dropped) {
  if (dropped.slots == 0) co_return Result<void>();
  co_return co_await write_audit(
      transaction, row, now, "too late", "counts that waited to be put into blocks",
      std::to_string(dropped.slots) + " slots with " + std::to_string(dropped.requests) +
          " requests, the last of which ended at " + format_rfc3339(from_seconds(dropped.last)));
}

Task<Result<void>> add_existing(sql::Transaction& transaction, std::int64_t cluster,
                                NewBlocks& blocks) {
  std::vector<sql::Values> keys;
  for (const auto& [id, block] : blocks) keys.push_back({cluster, id[0], id[1], id[2]});
  auto rows = co_await find_rows(transaction,
                                 {.columns = "t.series, t.resolution, t.span, t.counts",
                                  .table = "blocks",
                                  .keys = {"cluster", "series", "resolution", "span"}},
                                 std::move(keys));
  if (!rows) co_return fail(std::move(rows.error()));
  for (const sql::Values& row : *rows) {
    BlockId id{};
    for (std::size_t i = 0; i < id.size(); ++i) {
      const auto number = sql::get<std::int64_t>(row, i);
      if (!number) co_return fail(number.error());
      id[i] = *number;
    }
    const auto bytes = sql::get<sql::Blob>(row, 3);
    if (!bytes) co_return fail(bytes.error());
    const auto found = blocks.find(id);
    if (found == blocks.end()) continue;
    const auto resolution = static_cast<Resolution>(id[1]);
    auto added = add_block(found->second.kind, resolution, id[2], *bytes,
                           all_slots(resolution, id[2]), found->second.slots);
    if (!added) co_return added;
  }
  co_return Result<void>();
}

}  // namespace

Task<Result<bool>> Fold::step(std::int64_t cluster) {
  const auto turn = co_await turns_.take(cluster);
  for (int attempt = 1;; ++attempt) {
    auto more = co_await step_once(cluster);
    if (more || !worth_trying_again(more.error(), attempt)) co_return more;
    co_await runtime::sleep_for(loop_, pause_after(attempt));
  }
}

Task<Result<bool>> Fold::step_once(std::int64_t cluster) {
  auto transaction = co_await database_.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto row = co_await take_cluster(**transaction, cluster);
  if (!row) co_return fail(std::move(row.error()));
  Work& work = works_[cluster];
  if (work.until == 0 || work.until != row->fold_until) {
    auto loaded = co_await load(**transaction, *row, work);
    if (!loaded) co_return fail(std::move(loaded.error()));
  }
  if (work.until == 0) co_return false;

  const auto from = work.pending.lower_bound(row->fold_next);
  auto to = from;
  for (std::size_t i = 0; i < kFoldedSeries && to != work.pending.end(); ++i) ++to;
  auto written = co_await write_blocks(**transaction, *row, from, to);
  if (!written) co_return fail(std::move(written.error()));
  const bool in_the_middle = to != work.pending.end();
  const bool more = in_the_middle || work.until < work.last;
  if (in_the_middle) {
    row->fold_next = to->first;
  } else {
    auto gone =
        co_await (*transaction)
            ->run("DELETE FROM pending WHERE cluster = $1 AND id <= $2", {cluster, work.until});
    if (!gone) co_return fail(std::move(gone.error()));
    row->fold_until = 0;
    row->fold_next = 0;
  }
  auto saved = co_await save_cluster(**transaction, *row);
  if (!saved) co_return fail(std::move(saved.error()));
  auto committed = co_await (*transaction)->commit();
  if (!in_the_middle || !committed) work = {};
  if (!committed) co_return fail(std::move(committed.error()));
  co_return more;
}

// Goes on with what was begun, or begins with what is there.
Task<Result<void>> Fold::load(sql::Transaction& transaction, ClusterRow& row, Work& work) {
  work = {};
  if (row.fold_until == 0) {
    auto until = co_await choose(transaction, row.id);
    if (!until) co_return fail(std::move(until.error()));
    row.fold_until = *until;
    row.fold_next = 0;
  }
  auto rows = co_await transaction.run("SELECT counts FROM pending WHERE cluster = $1 AND id <= $2",
                                       {row.id, row.fold_until});
  if (!rows) co_return fail(std::move(rows.error()));
  for (const sql::Values& each : rows->rows) {
    const auto bytes = sql::get<sql::Blob>(each, 0);
    if (!bytes) co_return fail(bytes.error());
    auto decoded = decode_pending(*bytes, work.pending);
    if (!decoded) co_return decoded;
  }
  work.until = row.fold_until;
  work.last = row.next_pending - 1;
  co_return Result<void>();
}

Task<Result<std::int64_t>> Fold::choose(sql::Transaction& transaction, std::int64_t cluster) {
  auto rows = co_await transaction.run(
      "SELECT id, CAST(length(counts) AS BIGINT) FROM pending WHERE cluster = $1 ORDER BY id"
      " LIMIT $2",
      {cluster, static_cast<std::int64_t>(kFoldedPending)});
  if (!rows) co_return fail(std::move(rows.error()));
  std::int64_t last = 0, bytes = 0;
  for (const sql::Values& each : rows->rows) {
    const auto id = sql::get<std::int64_t>(each, 0);
    const auto size = sql::get<std::int64_t>(each, 1);
    if (!id) co_return fail(id.error());
    if (!size) co_return fail(size.error());
    if (last > 0 && bytes + *size > kFoldedBytes) break;
    bytes += *size;
    last = *id;
  }
  co_return last;
}

Task<Result<void>> Fold::write_blocks(sql::Transaction& transaction, ClusterRow& row,
                                      Pending::const_iterator from, Pending::const_iterator to) {
  const WallTime now = loop_.clock().wall_now();
  const auto gone_until = co_await settle_gone_until(transaction, row, retention_, now);
  if (!gone_until) co_return fail(gone_until.error());
  NewBlocks blocks;
  std::array<LeftOut, 3> left_out{};
  for (auto each = from; each != to; ++each) {
    for (const Resolution resolution : kResolutions) {
      const auto index = static_cast<std::size_t>(resolution);
      spread(each->first, each->second, resolution, (*gone_until)[index], blocks, left_out[index]);
    }
  }
  for (const Resolution resolution : kResolutions) {
    // Or retention that is made longer later would have this time looked for there.
    const auto index = static_cast<std::size_t>(resolution);
    if (left_out[index].slots == 0) continue;
    auto raised = co_await raise_gone_until(transaction, resolution, (*gone_until)[index]);
    if (!raised) co_return raised;
  }
  auto told = co_await tell_dropped(transaction, row, now,
                                    left_out[static_cast<std::size_t>(Resolution::kHour)]);
  if (!told) co_return told;
  auto added = co_await add_existing(transaction, row.id, blocks);
  if (!added) co_return added;
  std::vector<sql::Values> rows;
  for (const auto& [id, block] : blocks) {
    rows.push_back({row.id, id[0], id[1], id[2],
                    encode_block(block.kind, static_cast<Resolution>(id[1]), id[2], block.slots)});
  }
  co_return co_await insert_rows(
      transaction, "INSERT INTO blocks (cluster, series, resolution, span, counts)",
      "ON CONFLICT (cluster, series, resolution, span) DO UPDATE SET counts = excluded.counts",
      std::move(rows));
}

}  // namespace seine::dive
