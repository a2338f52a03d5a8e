// SPDX-License-Identifier: Apache-2.0
#include "dive/store/gone_until.h"

#include <algorithm>
#include <string>
#include <utility>

namespace seine::dive {

using runtime::Task;

namespace {

// As the table has it.
Task<Result<GoneUntil>> read_table(sql::Transaction& transaction) {
  auto rows = co_await transaction.run("SELECT resolution, gone_until FROM retention");
  if (!rows) co_return fail(std::move(rows.error()));
  GoneUntil out{};
  for (const sql::Values& row : rows->rows) {
    const auto resolution = sql::get<std::int64_t>(row, 0);
    const auto until = sql::get<std::int64_t>(row, 1);
    if (!resolution) co_return fail(resolution.error());
    if (!until) co_return fail(until.error());
    const auto index = static_cast<std::size_t>(*resolution);
    if (index < out.size()) out[index] = *until;
  }
  co_return out;
}

Seconds present_hour(WallTime now) {
  return floor_to_hour(floor_seconds(now));
}

GoneUntil with_retention(GoneUntil removed, const Retention& retention, WallTime now) {
  for (const Resolution resolution : kResolutions) {
    Seconds& until = removed[static_cast<std::size_t>(resolution)];
    until = std::max(std::min(until, present_hour(now)), retention.gone_until(resolution, now));
  }
  return removed;
}

}  // namespace

Task<Result<GoneUntil>> read_gone_until(sql::Transaction& transaction, Retention retention,
                                        WallTime now) {
  const auto told = co_await read_table(transaction);
  if (!told) co_return fail(told.error());
  co_return with_retention(*told, retention, now);
}

Task<Result<GoneUntil>> read_removed_until(sql::Transaction& transaction, WallTime now) {
  auto removed = co_await read_table(transaction);
  if (!removed) co_return fail(std::move(removed.error()));
  for (Seconds& until : *removed) until = std::min(until, present_hour(now));
  co_return removed;
}

Task<Result<GoneUntil>> settle_gone_until(sql::Transaction& transaction, ClusterRow& cluster,
                                          Retention retention, WallTime now) {
  const auto told = co_await read_table(transaction);
  if (!told) co_return fail(told.error());
  const Seconds last = *std::ranges::max_element(*told);
  const Seconds hour = present_hour(now);
  if (last > hour) {
    auto done = co_await transaction.run(
        "UPDATE retention SET gone_until = $1 WHERE gone_until > $1", {hour});
    if (!done) co_return fail(std::move(done.error()));
    auto written =
        co_await write_audit(transaction, cluster, now, "clock", "Dive",
                             "its clock was ahead: what ended by " +
                                 format_rfc3339(from_seconds(last)) + " was taken for gone; from " +
                                 format_rfc3339(from_seconds(hour)) + " on counts are kept again");
    if (!written) co_return fail(std::move(written.error()));
  }
  co_return with_retention(*told, retention, now);
}

Task<Result<void>> raise_gone_until(sql::Transaction& transaction, Resolution resolution,
                                    Seconds until) {
  auto done = co_await transaction.run(
      "UPDATE retention SET gone_until = $2 WHERE resolution = $1 AND gone_until < $2",
      {static_cast<std::int64_t>(resolution), until});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

}  // namespace seine::dive
