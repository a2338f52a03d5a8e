// SPDX-License-Identifier: Apache-2.0
#include "dive/store/exemplars.h"

#include <utility>

#include "dive/store/slot.h"
#include "dive/store/store_limits.h"
#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::dive {

using runtime::Task;

namespace {

// What is no time of a request is none: a proxy wrote it.
Duration latency_of(const google::protobuf::Duration& message) {
  constexpr std::int64_t kLongest = 86'400;
  if (message.seconds() < 0 || message.seconds() > kLongest || message.nanos() < 0 ||
      message.nanos() > 999'999'999) {
    return Duration::zero();
  }
  return std::chrono::seconds(message.seconds()) + std::chrono::nanoseconds(message.nanos());
}

Result<KeptExemplar> exemplar_from(const sql::Values& row, std::int64_t series) {
  const auto ended = sql::get<std::int64_t>(row, 0);
  const auto bytes = sql::get<sql::Blob>(row, 1);
  if (!ended) return fail(ended.error());
  if (!bytes) return fail(bytes.error());
  seine::telemetry::v1::Exemplar message;
  if (!message.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
    return fail(ErrorCode::kDatabaseCorrupt,
                "an exemplar of series " + std::to_string(series) + " cannot be read");
  }
  return KeptExemplar{.series = series,
                      .ended_at = from_milliseconds(*ended),
                      .latency = latency_of(message.latency()),
                      .method = message.method(),
                      .path = message.path(),
                      .trace_id = message.trace_id(),
                      .detail = message.detail()};
}

}  // namespace

Task<Result<std::vector<KeptExemplar>>> read_exemplars(sql::Transaction& transaction,
                                                       std::int64_t cluster,
                                                       std::vector<std::int64_t> series,
                                                       WallTime from, WallTime to) {
  std::vector<KeptExemplar> out;
  for (const std::int64_t id : series) {
    // `hour` is that of the slot in which it was counted, which may be the next.
    auto rows = co_await transaction.run(
        "SELECT ended, exemplar FROM exemplars WHERE cluster = $1 AND series = $2"
        " AND hour >= $3 AND ended > $4 AND ended <= $5 ORDER BY ended DESC, hour, place LIMIT " +
            std::to_string(kMaxExemplarsOfSeries),
        {cluster, id, floor_seconds(from) / 3600 - 1, to_milliseconds(from), to_milliseconds(to)});
    if (!rows) co_return fail(std::move(rows.error()));
    for (const sql::Values& row : rows->rows) {
      auto exemplar = exemplar_from(row, id);
      if (!exemplar) co_return fail(std::move(exemplar.error()));
      out.push_back(*std::move(exemplar));
    }
  }
  co_return out;
}

}  // namespace seine::dive
