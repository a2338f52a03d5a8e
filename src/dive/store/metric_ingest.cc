// SPDX-License-Identifier: Apache-2.0
#include "dive/store/metric_ingest.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "dive/store/batch.h"
#include "dive/store/block.h"
#include "dive/store/check_message.h"
#include "dive/store/clusters.h"
#include "dive/store/epochs.h"
#include "dive/store/gone_until.h"
#include "dive/store/slot.h"
#include "dive/store/store_limits.h"
#include "dive/store/try_again.h"
#include "runtime/combine.h"

namespace seine::dive {

using runtime::Task;

namespace {

// The last sequence of each epoch that is applied, as the batch goes on.
using Applied = std::map<std::string, std::uint64_t>;

Task<Result<Applied>> load_applied(sql::Transaction& transaction, std::int64_t cluster,
                                   std::span<const ::dive::v1::MetricMessage> messages) {
  Applied applied;
  for (const auto& message : messages) {
    const std::string& epoch = message.envelope().epoch();
    if (applied.contains(epoch)) continue;
    auto until = co_await applied_until(transaction, cluster, Method::kMetric, epoch);
    if (!until) co_return fail(std::move(until.error()));
    applied.emplace(epoch, *until);
  }
  co_return applied;
}

Boots boots_of(std::span<const ::dive::v1::MetricMessage> messages) {
  Boots boots;
  for (const auto& message : messages) {
    for (const auto& counted : message.buckets()) {
      boots.try_emplace({counted.reporter().instance(), counted.reporter().boot()});
    }
  }
  return boots;
}

Pending pending_of(const MetricBatch::Rows& rows, const SeriesNumbers::Numbers& numbers) {
  Pending pending;
  for (const auto& [key, row] : rows) {
    PendingSeries& series = pending[numbers.at(key)];
    series.kind = row.series.kind;
    for (const auto& [slot, counts] : row.slots) series.slots[slot].add(counts);
  }
  return pending;
}

Task<Result<void>> write_exemplars(sql::Transaction& transaction, std::int64_t cluster,
                                   const MetricBatch::Rows& rows,
                                   const SeriesNumbers::Numbers& numbers) {
  // Series that are folded into one share its places.
  std::map<std::array<std::int64_t, 3>, std::pair<WallTime, std::string_view>> chosen;
  for (const auto& [key, row] : rows) {
    const std::int64_t id = numbers.at(key);
    for (const auto& [where, exemplar] : row.exemplars) {
      chosen[{id, where.first, where.second}] = {exemplar.first, exemplar.second};
    }
  }
  std::vector<sql::Values> values;
  for (const auto& [where, exemplar] : chosen) {
    const auto bytes = std::as_bytes(std::span(exemplar.second));
    values.push_back({cluster, where[0], where[1], where[2], to_milliseconds(exemplar.first),
                      sql::Blob(bytes.begin(), bytes.end())});
  }
  co_return co_await insert_rows(
      transaction, "INSERT INTO exemplars (cluster, series, hour, place, ended, exemplar)",
      "ON CONFLICT (cluster, series, hour, place) DO UPDATE SET ended = excluded.ended,"
      " exemplar = excluded.exemplar",
      std::move(values));
}

Task<Result<void>> write_remarks(sql::Transaction& transaction, ClusterRow& cluster,
                                 const MetricBatch::Remarks& remarks, WallTime now) {
  for (const auto& [about, remark] : remarks) {
    std::string detail = std::to_string(remark.buckets) + " buckets";
    if (!remark.why.empty()) {
      detail += ", the first since: " + remark.why;
    } else {
      detail += " with " + std::to_string(remark.requests) + " requests, which ended from " +
                format_rfc3339(remark.first) + " to " + format_rfc3339(remark.last);
    }
    auto written = co_await write_audit(transaction, cluster, now, about.first, about.second,
                                        std::move(detail));
    if (!written) co_return written;
  }
  co_return Result<void>();
}

// How many of the messages go in one transaction.
std::size_t part_of(std::span<const ::dive::v1::MetricMessage> messages) {
  std::size_t octets = 0, count = 0;
  while (count < messages.size() && octets < kAppliedBytes) {
    octets += messages[count++].ByteSizeLong();
  }
  return count;
}

void take_message(const ::dive::v1::MetricMessage& message, MetricBatch& batch,
                  MetricIngest::Outcome& outcome, IngestStatistics& statistics) {
  if (auto checked = check_message(message); !checked) {
    outcome.refused = std::move(checked.error().message);
    ++statistics.refused;
    return;
  }
  MetricBatch::Added added = batch.add(message);
  statistics.buckets += added.taken;
  statistics.refused_buckets += added.refused;
  if (added.refused > 0 && added.taken == 0) {
    outcome.refused = std::move(added.why);
    ++statistics.refused;
    return;
  }
  ++statistics.messages;
  if (added.refused == 0) return;
  outcome.left_out = std::to_string(added.refused) + " of " +
                     std::to_string(message.buckets_size()) +
                     " buckets, the first since: " + std::move(added.why);
}

}  // namespace

Task<Result<std::vector<MetricIngest::Outcome>>> MetricIngest::apply(
    std::int64_t cluster, std::vector<::dive::v1::MetricMessage> messages) {
  for (const auto& message : messages) {
    if (auto checked = check_envelope(message.envelope()); !checked) {
      co_return fail(std::move(checked.error()));
    }
  }
  const Duration shift = hear(cluster, messages);
  const auto turn = co_await turns_.take(cluster);
  std::vector<Outcome> outcomes;
  for (Messages rest = messages; !rest.empty();) {
    const Messages part = rest.first(part_of(rest));
    auto done = co_await apply_part(cluster, part, shift);
    if (!done) co_return fail(std::move(done.error()));
    std::ranges::move(*done, std::back_inserter(outcomes));
    rest = rest.subspan(part.size());
  }
  co_return outcomes;
}

Task<Result<std::vector<MetricIngest::Outcome>>> MetricIngest::apply_part(std::int64_t cluster,
                                                                          Messages messages,
                                                                          Duration shift) {
  for (int attempt = 1;; ++attempt) {
    auto outcomes = co_await apply_once(cluster, messages, shift);
    if (outcomes || !worth_trying_again(outcomes.error(), attempt)) co_return outcomes;
    co_await runtime::sleep_for(loop_, pause_after(attempt));
  }
}

Duration MetricIngest::hear(std::int64_t cluster, Messages messages) {
  AgentClock& clock = clocks_[cluster];
  const WallTime now = loop_.clock().wall_now();
  for (const auto& message : messages) clock.hear(message.envelope(), now);
  const Duration behind = clock.behind();
  return std::chrono::abs(behind) > kMaxClockSkew ? behind : Duration::zero();
}

Task<Result<std::vector<MetricIngest::Outcome>>> MetricIngest::apply_once(std::int64_t cluster,
                                                                          Messages messages,
                                                                          Duration shift) {
  const WallTime now = loop_.clock().wall_now();
  auto transaction = co_await database_.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto row = co_await take_cluster(**transaction, cluster);
  if (!row) co_return fail(std::move(row.error()));
  auto has_room = co_await check_room(**transaction, *row);
  if (!has_room) co_return fail(std::move(has_room.error()));
  auto applied = co_await load_applied(**transaction, cluster, messages);
  if (!applied) co_return fail(std::move(applied.error()));
  Boots boots = boots_of(messages);
  auto loaded = co_await load_boots(**transaction, cluster, boots);
  if (!loaded) co_return fail(std::move(loaded.error()));

  const auto gone_until = co_await settle_gone_until(**transaction, *row, retention_, now);
  if (!gone_until) co_return fail(gone_until.error());

  std::vector<Outcome> outcomes;
  IngestStatistics statistics = statistics_;
  MetricBatch batch(boots, (*gone_until)[static_cast<std::size_t>(Resolution::kHour)], now, shift);
  for (const auto& message : messages) {
    const auto& envelope = message.envelope();
    outcomes.push_back({.epoch = envelope.epoch(), .sequence = envelope.sequence()});
    std::uint64_t& until = applied->at(envelope.epoch());
    if (envelope.sequence() <= until) {
      ++statistics.repeated;
      continue;
    }
    // What is left out was taken by a store that is no more: an agent sends in order.
    until = envelope.sequence();
    take_message(message, batch, outcomes.back(), statistics);
  }

  auto numbers = co_await write(**transaction, *row, batch);
  if (!numbers) co_return fail(std::move(numbers.error()));
  auto saved = co_await save_boots(**transaction, cluster, boots, now);
  if (!saved) co_return fail(std::move(saved.error()));
  for (const auto& [epoch, until] : *applied) {
    saved = co_await save_applied(**transaction, cluster, Method::kMetric, epoch, until, now);
    if (!saved) co_return fail(std::move(saved.error()));
  }
  saved = co_await save_cluster(**transaction, *row);
  if (!saved) co_return fail(std::move(saved.error()));
  auto committed = co_await (*transaction)->commit();
  if (!committed) co_return fail(std::move(committed.error()));
  numbers_.remember(*row, *numbers);
  statistics_ = statistics;
  co_return outcomes;
}

Task<Result<void>> MetricIngest::check_room(sql::Transaction& transaction,
                                            const ClusterRow& cluster) {
  auto rows = co_await transaction.run(
      "SELECT min(id), CAST(coalesce(sum(length(counts)), 0) AS BIGINT) FROM pending"
      " WHERE cluster = $1",
      {cluster.id});
  if (!rows) co_return fail(std::move(rows.error()));
  const auto oldest = sql::get_optional<std::int64_t>(rows->rows.at(0), 0);
  const auto octets = sql::get<std::int64_t>(rows->rows.at(0), 1);
  if (!oldest) co_return fail(oldest.error());
  if (!octets) co_return fail(octets.error());
  const std::int64_t waiting = *oldest ? cluster.next_pending - **oldest : 0;
  // More than one step of folding takes.
  if (waiting >= static_cast<std::int64_t>(kFoldedPending) || *octets >= kFoldedBytes) {
    is_much_pending_ = true;
    much_pending_.wake();
  }
  if (waiting <= kMaxPending && *octets <= kMaxPendingBytes) co_return Result<void>();
  Error error = make_error(ErrorCode::kUnavailable, "too many counts wait to be put into blocks");
  error.retryable = true;
  co_return fail(std::move(error));
}

Task<Result<SeriesNumbers::Numbers>> MetricIngest::write(sql::Transaction& transaction,
                                                         ClusterRow& cluster,
                                                         const MetricBatch& batch) {
  auto numbers = co_await numbers_.resolve(transaction, cluster, batch.rows());
  if (!numbers) co_return fail(std::move(numbers.error()));
  std::vector<sql::Values> pieces;
  for (sql::Blob& piece : encode_pending(pending_of(batch.rows(), *numbers), kPendingPieceBytes)) {
    pieces.push_back({cluster.id, cluster.next_pending++, std::move(piece)});
  }
  auto written = co_await insert_rows(transaction, "INSERT INTO pending (cluster, id, counts)", "",
                                      std::move(pieces));
  if (written) written = co_await write_exemplars(transaction, cluster.id, batch.rows(), *numbers);
  const WallTime now = loop_.clock().wall_now();
  if (written) written = co_await write_remarks(transaction, cluster, batch.remarks(), now);
  if (!written) co_return fail(std::move(written.error()));
  cluster.complete_until =
      std::max(cluster.complete_until, to_milliseconds(batch.complete_until()));
  co_return numbers;
}

}  // namespace seine::dive
