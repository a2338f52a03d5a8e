// SPDX-License-Identifier: Apache-2.0
#include "dive/store/count_query.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "dive/store/batch.h"
#include "dive/store/block.h"
#include "dive/store/clusters.h"
#include "dive/store/fold.h"
#include "dive/store/pods.h"
#include "dive/store/store_limits.h"
#include "dive/store/try_again.h"
#include "runtime/combine.h"

namespace seine::dive {

using runtime::Task;

namespace {

// By number.
using Found = std::map<std::int64_t, CountedSeries>;
// A slot of a piece.
using SlotsOfPiece = std::map<std::int64_t, Counts>;

constexpr std::string_view condition_of(CountQuestion::About about) {
  switch (about) {
    case CountQuestion::About::kService: return "target_namespace = $3 AND target_service = $4";
    case CountQuestion::About::kWorkload:
      return "((reporter_namespace = $3 AND reporter_workload = $4 AND direction = 1)"
             " OR (peer_namespace = $3 AND peer_workload = $4 AND direction = 2))";
    case CountQuestion::About::kCalls:
      return "reporter_namespace = $3 AND reporter_workload = $4 AND direction = 2";
    case CountQuestion::About::kAll: break;
  }
  return "$3 = $3 AND $4 = $4";
}

Task<Result<void>> find_series(sql::Transaction& transaction, std::int64_t cluster,
                               std::string condition, sql::Values values, Found& found) {
  values.insert(values.begin(), cluster);
  auto rows =
      co_await transaction.run("SELECT id, " + std::string(kSeriesColumns) +
                                   " FROM series WHERE cluster = $1 AND kind = $2 AND " +
                                   condition + " LIMIT " + std::to_string(kMaxAnswerSeries + 1),
                               std::move(values));
  if (!rows) co_return fail(std::move(rows.error()));
  if (rows->rows.size() > kMaxAnswerSeries) {
    co_return fail(ErrorCode::kLimit, "the answer has over " + std::to_string(kMaxAnswerSeries) +
                                          " series; ask for less");
  }
  for (const sql::Values& row : rows->rows) {
    const auto id = sql::get<std::int64_t>(row, 0);
    auto series = series_from(row, 1);
    if (!id) co_return fail(id.error());
    if (!series) co_return fail(std::move(series.error()));
    found[*id] = {.id = *id, .series = *std::move(series), .slots = {}};
  }
  co_return Result<void>();
}

bool within(const Piece& piece, std::int64_t slot) {
  const Seconds end = slot_end(piece.resolution, slot);
  return end > piece.from && end <= piece.to;
}

// Those of one piece, from blocks.
Task<Result<void>> read_blocks(sql::Transaction& transaction, std::int64_t cluster, Piece piece,
                               const Found& found, std::map<std::int64_t, SlotsOfPiece>& out) {
  const Seconds length = shape_of(piece.resolution).span_seconds;
  const std::int64_t first = piece.from / length;
  const std::int64_t last = (piece.to - 1) / length;
  // So many that a result has some thousand rows.
  const auto at_once =
      static_cast<std::size_t>(std::clamp<Seconds>(4000 / (last - first + 1), 1, 64));
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
      auto slots = decode_block(found.at(*id).series.kind, piece.resolution, *span, *bytes);
      if (!slots) co_return fail(std::move(slots.error()));
      for (auto& [slot, counts] : *slots) {
        if (within(piece, slot)) out[*id][slot].add(counts);
      }
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
      out.push_back({.end = from_seconds(slot_end(piece.resolution, slot)),
                     .length = std::chrono::seconds(shape_of(piece.resolution).slot_seconds),
                     .counts = std::move(counts)});
    }
  }
}

Task<Result<void>> read_counts(sql::Transaction& transaction, std::int64_t cluster,
                               const Pending& pending, const std::vector<Piece>& pieces,
                               Found& found) {
  for (const Piece& piece : pieces) {
    std::map<std::int64_t, SlotsOfPiece> slots;
    auto read = co_await read_blocks(transaction, cluster, piece, found, slots);
    if (!read) co_return read;
    for (const auto& [id, each] : found) {
      const auto series = pending.find(id);
      if (series == pending.end()) continue;
      for (const auto& [finest, counts] : series->second.slots) {
        const std::int64_t slot = slot_of_finest(piece.resolution, finest);
        if (within(piece, slot)) slots[id][slot].add(counts);
      }
    }
    append(piece, slots, found);
  }
  co_return Result<void>();
}

using WorkloadNames = std::set<std::array<std::string, 3>>;  // namespace, kind, name

// Measured from a coverage series, expected from the lives of pods.
Task<Result<CoveredWorkload>> cover(sql::Transaction& transaction, std::int64_t cluster,
                                    const std::array<std::string, 3>& name,
                                    const std::vector<Piece>& pieces,
                                    const CountedSeries* measured) {
  CoveredWorkload out{.ns = name[0], .kind = name[1], .name = name[2], .slots = {}};
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
    // From where the first slot begins that is read.
    const Seconds from = piece.from - piece.from % shape_of(piece.resolution).slot_seconds;
    auto lives = co_await read_lives(
        transaction, cluster, {.ns = name[0], .kind = name[1], .name = name[2]}, from, piece.to);
    if (!lives) co_return fail(std::move(lives.error()));
    for (const auto& [slot, life] : lived(*lives, piece.resolution, from, piece.to)) {
      if (!within(piece, slot)) continue;
      CoveredSlot& covered = slots[from_seconds(slot_end(piece.resolution, slot))];
      covered.end = from_seconds(slot_end(piece.resolution, slot));
      covered.length = std::chrono::seconds(shape_of(piece.resolution).slot_seconds);
      covered.expected += std::chrono::milliseconds(life);
    }
  }
  for (const auto& [end, slot] : slots) out.slots.push_back(slot);
  co_return out;
}

Task<Result<void>> read_coverage(sql::Transaction& transaction, std::int64_t cluster,
                                 const Pending& pending, const Found& counted,
                                 CountAnswer& answer) {
  WorkloadNames names;
  for (const auto& [id, each] : counted) {
    const Series& series = each.series;
    names.insert({series.reporter_namespace, series.reporter_kind, series.reporter_workload});
  }
  Found found;
  for (const auto& [ns, kind, name] : names) {
    auto read = co_await find_series(
        transaction, cluster,
        "reporter_namespace = $3 AND reporter_workload = $4 AND reporter_kind = $5",
        {static_cast<std::int64_t>(SeriesKind::kCoverage), ns, name, kind}, found);
    if (!read) co_return read;
  }
  auto read = co_await read_counts(transaction, cluster, pending, answer.pieces, found);
  if (!read) co_return read;
  for (const auto& name : names) {
    const auto measured = std::ranges::find_if(found, [&name](const auto& each) {
      const Series& series = each.second.series;
      return series.reporter_namespace == name[0] && series.reporter_kind == name[1] &&
             series.reporter_workload == name[2];
    });
    auto covered = co_await cover(transaction, cluster, name, answer.pieces,
                                  measured == found.end() ? nullptr : &measured->second);
    if (!covered) co_return fail(std::move(covered.error()));
    answer.covered.push_back(*std::move(covered));
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
  auto transaction = co_await database_.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto row = co_await read_cluster(**transaction, cluster);
  if (!row) co_return fail(std::move(row.error()));
  auto gone = co_await read_gone_until(**transaction, retention_, loop_.clock().wall_now());
  if (!gone) co_return fail(std::move(gone.error()));

  CountAnswer answer;
  answer.complete_until = from_milliseconds(row->complete_until);
  answer.pieces =
      plan(floor_seconds(question.from), floor_seconds(question.to), question.detail, *gone);
  Found found;
  auto read = co_await find_series(
      **transaction, cluster, std::string(condition_of(question.about)),
      {static_cast<std::int64_t>(question.kind), std::move(question.ns), std::move(question.name)},
      found);
  if (!read) co_return fail(std::move(read.error()));
  const auto pending = co_await read_pending(**transaction, *row);
  if (!pending) co_return fail(pending.error());
  read = co_await read_counts(**transaction, cluster, *pending, answer.pieces, found);
  if (!read) co_return fail(std::move(read.error()));
  std::erase_if(found, [](const auto& each) { return each.second.slots.empty(); });
  read = co_await read_coverage(**transaction, cluster, *pending, found, answer);
  if (!read) co_return fail(std::move(read.error()));
  for (auto& [id, each] : found) answer.series.push_back(std::move(each));
  co_return answer;
}

}  // namespace seine::dive
