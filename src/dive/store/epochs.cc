// SPDX-License-Identifier: Apache-2.0
#include "dive/store/epochs.h"

#include <utility>

#include "dive/store/slot.h"
#include "dive/store/store_limits.h"

namespace seine::dive {

using runtime::Task;

namespace {

sql::Blob to_blob(std::string_view octets) {
  const auto bytes = std::as_bytes(std::span(octets));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Task<Result<std::uint64_t>> applied_until(sql::Transaction& transaction, std::int64_t cluster,
                                          Method method, std::string epoch) {
  auto rows = co_await transaction.run(
      "SELECT sequence FROM epochs WHERE cluster = $1 AND method = $2 AND epoch = $3",
      {cluster, static_cast<std::int64_t>(method), to_blob(epoch)});
  if (!rows) co_return fail(std::move(rows.error()));
  if (rows->rows.empty()) co_return std::uint64_t{0};
  const auto sequence = sql::get<std::int64_t>(rows->rows[0], 0);
  if (!sequence) co_return fail(sequence.error());
  co_return static_cast<std::uint64_t>(*sequence);
}

Task<Result<void>> save_applied(sql::Transaction& transaction, std::int64_t cluster, Method method,
                                std::string epoch, std::uint64_t sequence, WallTime now) {
  const auto number = static_cast<std::int64_t>(method);
  auto done = co_await transaction.run(
      "INSERT INTO epochs (cluster, method, epoch, sequence, heard) VALUES ($1, $2, $3, $4, $5)"
      " ON CONFLICT (cluster, method, epoch) DO UPDATE SET sequence = excluded.sequence,"
      " heard = excluded.heard",
      {cluster, number, to_blob(epoch), static_cast<std::int64_t>(sequence), to_milliseconds(now)});
  if (!done) co_return fail(std::move(done.error()));
  auto gone = co_await transaction.run(
      "DELETE FROM epochs WHERE cluster = $1 AND method = $2 AND epoch NOT IN"
      " (SELECT epoch FROM epochs WHERE cluster = $1 AND method = $2 ORDER BY heard DESC, epoch"
      " LIMIT $3)",
      {cluster, number, static_cast<std::int64_t>(kMaxEpochs)});
  if (!gone) co_return fail(std::move(gone.error()));
  co_return Result<void>();
}

}  // namespace seine::dive
