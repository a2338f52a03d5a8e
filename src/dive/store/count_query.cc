// SPDX-License-Identifier: Apache-2.0
#include "dive/store/count_query.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "dive/store/batch.h"
#include "dive/store/block.h"
#include "dive/store/clusters.h"
#include "dive/store/find_series.h"
#include "dive/store/gone_until.h"
#include "dive/store/pods.h"
#include "dive/store/try_again.h"
#include "runtime/combine.h"

namespace seine::dive {

using runtime::Task;

namespace {

// A slot of a piece.
using SlotsOfPiece = std::map<std::int64_t, Counts>;

bool within(const Piece& piece, std::int64_t slot) {
  const Seconds end = slot_end(piece.resolution, slot);
  return end > piece.from && end <= piece.to;
}

// What is added up, if it is: all of a piece is in the slot 0, which no piece has.
constexpr std::int64_t kSum = 0;
std::int64_t place_of(std::int64_t slot, bool summed) {
  return summed ? kSum : slot;
}

// All slots that are within a piece.
WantedSlots slots_of(const Piece& piece, bool summed) {
  const std::int64_t length = shape_of(piece.resolution).slot_seconds;
  return {.first = piece.from / length + 1,
          .last = piece.to / length,
          .sum_at = summed ? std::optional(kSum) : std::nullopt};
}

// Those of one piece, from blocks.
Task<Result<void>> read_blocks(sql::Transaction& transaction, std::int64_t cluster, Piece piece,
                               const Found& found, bool summed,
                               std::map<std::int64_t, SlotsOfPiece>& out) {
  const Seconds length = shape_of(piece.resolution).span_seconds;
  const std::int64_t first = piece.from / length;
  const std::int64_t last = (piece.to - 1) / length;
  // So many that a result has some thousand rows.
  const auto at_once =
      static_cast<std::size_t>(std::clamp<Seconds>(4000 / (last - first + 1), 1, 64));
  const WantedSlots wanted = slots_of(piece, summed);
  std::vector<sql::Values> keys;
  for (auto each = found.begin(); each != found.end();) {
    keys.clear();
    for (; each != found.end() && keys.size() < at_once; ++each) keys.push_back({each->first});
    auto rows = co_await find_rows(
        transaction,
        {.columns = "t.series, t.span, t.counts",
         .table = "blocks",
         .keys = {"series"},
         .and_also = "AND t.cluster = $1 AND t.resolution = $2 AND t.span BETWEEN $3 AND $4",
         .values = {cluster, static_cast<std::int64_t>(piece.resolution), first, last}},
        std::move(keys));
    if (!rows) co_return fail(std::move(rows.error()));
    for (const sql::Values& row : *rows) {
      const auto id = sql::get<std::int64_t>(row, 0);
      const auto span = sql::get<std::int64_t>(row, 1);
      const auto bytes = sql::get<sql::Blob>(row, 2);
      if (!id) co_return fail(id.error());
      if (!span) co_return fail(span.error());
      if (!bytes) co_return fail(bytes.error());
      auto added =
          add_block(found.at(*id).series.kind, piece.resolution, *span, *bytes, wanted, out[*id]);
      if (!added) co_return added;
    }
  }
  co_return Result<void>();
}

// What is pending and in no block.
Task<Result<Pending>> read_pending(sql::Transaction& transaction, const ClusterRow& cluster) {
  auto rows = co_await transaction.run(
      "SELECT id, counts FROM pending WHERE cluster = $1 ORDER BY id", {cluster.id});
  if (!rows) co_return fail(std::move(rows.error()));
  Pending folding, rest;
  for (const sql::Values& row : rows->rows) {
    const auto id = sql::get<std::int64_t>(row, 0);
    const auto bytes = sql::get<sql::Blob>(row, 1);
    if (!id) co_return fail(id.error());
    if (!bytes) co_return fail(bytes.error());
    auto decoded = decode_pending(*bytes, *id <= cluster.fold_until ? folding : rest);
    if (!decoded) co_return fail(std::move(decoded.error()));
  }
  folding.erase(folding.begin(), folding.lower_bound(cluster.fold_next));
  for (auto& [id, series] : folding) {
    PendingSeries& sum = rest[id];
    sum.kind = series.kind;
    for (const auto& [slot, counts] : series.slots) sum.slots[slot].add(counts);
  }
  co_return rest;
}

void append(const Piece& piece, std::map<std::int64_t, SlotsOfPiece>& slots, Found& found) {
  for (auto& [id, counted] : slots) {
    std::vector<CountedSlot>& out = found.at(id).slots;
    for (auto& [slot, counts] : counted) {
      const Seconds end = slot == kSum ? piece.to : slot_end(piece.resolution, slot);
      const Seconds length =
          slot == kSum ? piece.to - piece.from : shape_of(piece.resolution).slot_seconds;
      out.push_back({.end = from_seconds(end),
                     .length = std::chrono::seconds(length),
                     .counts = std::move(counts)});
    }
  }
}

Task<Result<void>> read_counts(sql::Transaction& transaction, std::int64_t cluster,
                               const Pending& pending, const std::vector<Piece>& pieces,
                               bool summed, Found& found) {
  for (const Piece& piece : pieces) {
    std::map<std::int64_t, SlotsOfPiece> slots;
    auto read = co_await read_blocks(transaction, cluster, piece, found, summed, slots);
    if (!read) co_return read;
    for (const auto& [id, each] : found) {
      const auto series = pending.find(id);
      if (series == pending.end()) continue;
      for (const auto& [finest, counts] : series->second.slots) {
        const std::int64_t slot = slot_of_finest(piece.resolution, finest);
        if (within(piece, slot)) slots[id][place_of(slot, summed)].add(counts);
      }
    }
    append(piece, slots, found);
  }
  co_return Result<void>();
}

std::vector<Piece> pieces_of(const CountQuestion& question, const GoneUntil& gone) {
  const Seconds from = floor_seconds(question.from);
  const Seconds to = floor_seconds(question.to);
  const Seconds recent = std::clamp(floor_to_hour(floor_seconds(question.to - question.finest_for)),
                                    from, std::max(from, to));
  if (question.finest_for == Duration::zero()) return plan(from, to, question.detail, gone);
  std::vector<Piece> pieces = plan(from, recent, question.detail, gone);
  std::ranges::copy(plan(recent, to, Detail::kFinest, gone), std::back_inserter(pieces));
  return pieces;
}

using WorkloadNames = std::map<std::array<std::string, 3>, const CountedSeries*>;

// Where the first slot begins that is read.
Seconds begin_of(const Piece& piece) {
  return piece.from - piece.from % shape_of(piece.resolution).slot_seconds;
}

// Measured from a coverage series, expected from the lives of pods.
CoveredWorkload cover(const WorkloadId& workload, const std::vector<Piece>& pieces,
                      const CountedSeries* measured, const std::vector<PodLife>& lives) {
  CoveredWorkload out{.ns = workload.ns, .kind = workload.kind, .name = workload.name, .slots = {}};
  if (pieces.empty()) return out;
  std::map<WallTime, CoveredSlot> slots;
  if (measured != nullptr) {
    for (const CountedSlot& slot : measured->slots) {
      slots[slot.end] = {
          .end = slot.end,
          .length = slot.length,
          .measured = std::chrono::milliseconds(slot.counts.sums[kMeasuredMilliseconds]),
          .redated = std::chrono::milliseconds(slot.counts.sums[kRedatedMilliseconds])};
    }
  }
  for (const Piece& piece : pieces) {
    for (const auto& [slot, life] : lived(lives, piece.resolution, begin_of(piece), piece.to)) {
      if (!within(piece, slot)) continue;
      CoveredSlot& covered = slots[from_seconds(slot_end(piece.resolution, slot))];
      covered.end = from_seconds(slot_end(piece.resolution, slot));
      covered.length = std::chrono::seconds(shape_of(piece.resolution).slot_seconds);
      covered.expected += std::chrono::milliseconds(life);
    }
  }
  for (const auto& [end, slot] : slots) out.slots.push_back(slot);
  return out;
}

// Who is to be told of: those that counted, and those that were named.
WorkloadNames names_of(const Found& counted, const CountQuestion& question) {
  WorkloadNames names;
  for (const auto& [id, each] : counted) {
    const Series& series = each.series;
    names[{series.reporter_namespace, series.reporter_kind, series.reporter_workload}] = nullptr;
  }
  for (const WorkloadId& each : question.workloads) {
    names[{each.ns, each.kind, each.name}] = nullptr;
  }
  return names;
}

Task<Result<void>> read_coverage(sql::Transaction& transaction, std::int64_t cluster,
                                 const Pending& pending, const CountQuestion& question,
                                 WorkloadNames names, CountAnswer& answer) {
  Found found;
  if (question.about == CountQuestion::About::kAll) {
    auto read = co_await find_coverage(transaction, cluster, std::nullopt, found);
    if (!read) co_return read;
  } else {
    for (const auto& [name, none] : names) {
      auto read = co_await find_coverage(
          transaction, cluster, WorkloadId{.ns = name[0], .kind = name[1], .name = name[2]}, found);
      if (!read) co_return read;
    }
  }
  auto read = co_await read_counts(transaction, cluster, pending, answer.pieces, false, found);
  if (!read) co_return read;
  for (const auto& [id, each] : found) {
    if (each.slots.empty()) continue;
    const Series& series = each.series;
    names[{series.reporter_namespace, series.reporter_kind, series.reporter_workload}] = &each;
  }
  std::vector<WorkloadId> workloads;
  for (const auto& [name, measured] : names) {
    workloads.push_back({.ns = name[0], .kind = name[1], .name = name[2]});
  }
  const Seconds from = answer.pieces.empty() ? 0 : begin_of(answer.pieces.front());
  const Seconds to = answer.pieces.empty() ? 0 : answer.pieces.back().to;
  const auto lives = co_await read_lives(transaction, cluster, workloads, from, to);
  if (!lives) co_return fail(lives.error());
  for (std::size_t i = 0; const auto& [name, measured] : names) {
    answer.covered.push_back(cover(workloads[i], answer.pieces, measured, (*lives)[i]));
    ++i;
  }
  co_return Result<void>();
}

}  // namespace

Task<Result<CountAnswer>> CountQuery::ask(std::int64_t cluster, CountQuestion question) {
  for (int attempt = 1;; ++attempt) {
    auto answer = co_await ask_once(cluster, question);
    if (answer || !worth_trying_again(answer.error(), attempt)) co_return answer;
    co_await runtime::sleep_for(loop_, pause_after(attempt));
  }
}

Task<Result<CountAnswer>> CountQuery::ask_once(std::int64_t cluster, CountQuestion question) {
  auto transaction = co_await database_.begin_reading();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto row = co_await read_cluster(**transaction, cluster);
  if (!row) co_return fail(std::move(row.error()));
  auto gone = co_await read_gone_until(**transaction, retention_, loop_.clock().wall_now());
  if (!gone) co_return fail(std::move(gone.error()));

  CountAnswer answer;
  answer.complete_until = from_milliseconds(row->complete_until);
  answer.pieces = pieces_of(question, *gone);
  Found found;
  auto read = co_await find_series(**transaction, cluster, question, found);
  if (!read) co_return fail(std::move(read.error()));
  if (found.empty() && question.workloads.empty() && question.about != CountQuestion::About::kAll) {
    co_return answer;
  }
  const auto pending = co_await read_pending(**transaction, *row);
  if (!pending) co_return fail(pending.error());
  read =
      co_await read_counts(**transaction, cluster, *pending, answer.pieces, question.summed, found);
  if (!read) co_return fail(std::move(read.error()));
  std::erase_if(found, [](const auto& each) { return each.second.slots.empty(); });
  read = co_await read_coverage(**transaction, cluster, *pending, question,
                                names_of(found, question), answer);
  if (!read) co_return fail(std::move(read.error()));
  for (auto& [id, each] : found) answer.series.push_back(std::move(each));
  co_return answer;
}

Task<Result<WallTime>> CountQuery::complete_until(std::int64_t cluster) {
  auto transaction = co_await database_.begin_reading();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto row = co_await read_cluster(**transaction, cluster);
  if (!row) co_return fail(std::move(row.error()));
  co_return from_milliseconds(row->complete_until);
}

Task<Result<std::vector<KeptExemplar>>> CountQuery::exemplars(std::int64_t cluster,
                                                              std::vector<std::int64_t> series,
                                                              WallTime from, WallTime to) {
  auto transaction = co_await database_.begin_reading();
  if (!transaction) co_return fail(std::move(transaction.error()));
  co_return co_await read_exemplars(**transaction, cluster, std::move(series), from, to);
}

}  // namespace seine::dive
