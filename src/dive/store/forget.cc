// SPDX-License-Identifier: Apache-2.0
#include "dive/store/forget.h"

#include <string>
#include <utility>

#include "dive/store/block.h"
#include "dive/store/gone_until.h"
#include "dive/store/store_limits.h"
#include "dive/store/try_again.h"
#include "runtime/combine.h"

namespace seine::dive {

using runtime::Task;

Task<Result<void>> Forget::begin() {
  for (int attempt = 1;; ++attempt) {
    auto begun = co_await begin_once();
    if (begun || !worth_trying_again(begun.error(), attempt)) co_return begun;
    co_await runtime::sleep_for(loop_, pause_after(attempt));
  }
}

Task<Result<void>> Forget::begin_once() {
  const WallTime now = loop_.clock().wall_now();
  auto transaction = co_await database_.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  for (const Resolution resolution : kResolutions) {
    auto raised = co_await raise_gone_until(**transaction, resolution,
                                            retention_.gone_until(resolution, now));
    if (!raised) co_return raised;
  }
  co_return co_await (*transaction)->commit();
}

Task<Result<std::int64_t>> Forget::step(std::int64_t cluster, std::int64_t from) {
  const auto turn = co_await turns_.take(cluster);
  for (int attempt = 1;; ++attempt) {
    auto next = co_await step_once(cluster, from);
    if (next || !worth_trying_again(next.error(), attempt)) co_return next;
    co_await runtime::sleep_for(loop_, pause_after(attempt));
  }
}

Task<Result<std::int64_t>> Forget::step_once(std::int64_t cluster, std::int64_t from) {
  auto transaction = co_await database_.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto row = co_await take_cluster(**transaction, cluster);
  if (!row) co_return fail(std::move(row.error()));
  const auto gone = co_await read_removed_until(**transaction, loop_.clock().wall_now());
  if (!gone) co_return fail(gone.error());
  const std::int64_t last = from + static_cast<std::int64_t>(kForgottenSeries) - 1;
  auto removed = co_await remove_old(**transaction, cluster, from, last, *gone);
  if (removed) removed = co_await remove_empty_series(**transaction, *row, from, last);
  const bool more = last + 1 < row->next_series;
  if (removed && !more) {
    removed = co_await remove_lives(**transaction, cluster,
                                    (*gone)[static_cast<std::size_t>(Resolution::kHour)]);
  }
  if (removed) removed = co_await save_cluster(**transaction, *row);
  if (removed) removed = co_await (*transaction)->commit();
  if (!removed) co_return fail(std::move(removed.error()));
  co_return more ? last + 1 : std::int64_t{0};
}

Task<Result<void>> Forget::remove_old(sql::Transaction& transaction, std::int64_t cluster,
                                      std::int64_t first, std::int64_t last, GoneUntil gone) {
  sql::Values values = {cluster, first, last};
  for (const Resolution resolution : kResolutions) {
    // The first span that ends later.
    values.push_back(gone[static_cast<std::size_t>(resolution)] /
                     shape_of(resolution).span_seconds);
  }
  auto done = co_await transaction.run(
      "DELETE FROM blocks WHERE cluster = $1 AND series BETWEEN $2 AND $3 AND"
      " ((resolution = 0 AND span < $4) OR (resolution = 1 AND span < $5)"
      " OR (resolution = 2 AND span < $6))",
      std::move(values));
  if (!done) co_return fail(std::move(done.error()));
  // Exemplars are of use as long as minutes are.
  const std::int64_t hour = gone[static_cast<std::size_t>(Resolution::kMinute)] / 3600;
  done = co_await transaction.run(
      "DELETE FROM exemplars WHERE cluster = $1 AND series BETWEEN $2 AND $3 AND hour < $4",
      {cluster, first, last, hour});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

// A series that has nothing but pending counts stays. Where it would take long to know that, all
// stay until the next time.
Task<Result<void>> Forget::remove_empty_series(sql::Transaction& transaction, ClusterRow& row,
                                               std::int64_t first, std::int64_t last) {
  auto empty = co_await transaction.run(
      "SELECT id FROM series WHERE cluster = $1 AND id BETWEEN $2 AND $3 AND NOT EXISTS"
      " (SELECT 1 FROM blocks WHERE blocks.cluster = series.cluster AND blocks.series = series.id)",
      {row.id, first, last});
  if (!empty) co_return fail(std::move(empty.error()));
  if (empty->rows.empty()) co_return Result<void>();
  auto size = co_await transaction.run(
      "SELECT CAST(coalesce(sum(length(counts)), 0) AS BIGINT) FROM pending WHERE cluster = $1",
      {row.id});
  if (!size) co_return fail(std::move(size.error()));
  const auto octets = sql::get<std::int64_t>(size->rows.at(0), 0);
  if (!octets) co_return fail(octets.error());
  if (*octets > kFoldedBytes) co_return Result<void>();
  auto rows = co_await transaction.run("SELECT counts FROM pending WHERE cluster = $1", {row.id});
  if (!rows) co_return fail(std::move(rows.error()));
  Pending pending;
  for (const sql::Values& each : rows->rows) {
    const auto bytes = sql::get<sql::Blob>(each, 0);
    if (!bytes) co_return fail(bytes.error());
    if (auto decoded = decode_pending(*bytes, pending); !decoded) co_return decoded;
  }
  bool removed = false;
  for (const sql::Values& each : empty->rows) {
    const auto id = sql::get<std::int64_t>(each, 0);
    if (!id) co_return fail(id.error());
    if (pending.contains(*id)) continue;
    auto done = co_await transaction.run("DELETE FROM series WHERE cluster = $1 AND id = $2",
                                         {row.id, *id});
    if (!done) co_return fail(std::move(done.error()));
    --row.series_count;
    removed = true;
  }
  if (removed) ++row.series_generation;
  co_return Result<void>();
}

// A bucket that is older than this is not counted, known or not.
Task<Result<void>> Forget::remove_lives(sql::Transaction& transaction, std::int64_t cluster,
                                        Seconds gone) {
  for (const char* text : {"DELETE FROM boots WHERE cluster = $1 AND heard < $2",
                           "DELETE FROM pods WHERE cluster = $1 AND ended > 0 AND ended < $2",
                           "DELETE FROM audit WHERE cluster = $1 AND at < $2"}) {
    auto done = co_await transaction.run(text, {cluster, gone * 1000});
    if (!done) co_return fail(std::move(done.error()));
  }
  co_return Result<void>();
}

}  // namespace seine::dive
