// SPDX-License-Identifier: Apache-2.0
#include "dive/store/series_numbers.h"

#include <map>
#include <utility>

#include "dive/store/batch.h"
#include "dive/store/store_limits.h"

namespace seine::dive {

using runtime::Task;

namespace {

// A series that is not known, by its digest.
struct Missing {
  std::string key;
  Series series;
};
using MissingSeries = std::map<sql::Blob, Missing>;

// Those the database has go from `missing` to `numbers`.
Task<Result<void>> look_up(sql::Transaction& transaction, std::int64_t cluster,
                           MissingSeries& missing, SeriesNumbers::Numbers& numbers) {
  std::vector<sql::Values> keys;
  for (const auto& [digest, each] : missing) keys.push_back({cluster, digest});
  auto rows = co_await find_rows(
      transaction, {.columns = "t.digest, t.id", .table = "series", .keys = {"cluster", "digest"}},
      std::move(keys));
  if (!rows) co_return fail(std::move(rows.error()));
  for (const sql::Values& row : *rows) {
    const auto digest = sql::get<sql::Blob>(row, 0);
    const auto id = sql::get<std::int64_t>(row, 1);
    if (!digest) co_return fail(digest.error());
    if (!id) co_return fail(id.error());
    const auto found = missing.find(*digest);
    if (found == missing.end()) continue;
    numbers.emplace(std::move(found->second.key), *id);
    missing.erase(found);
  }
  co_return Result<void>();
}

Task<Result<void>> write_new(sql::Transaction& transaction, ClusterRow& cluster,
                             MissingSeries missing, SeriesNumbers::Numbers& numbers) {
  std::vector<sql::Values> rows;
  for (auto& [digest, each] : missing) {
    const std::int64_t id = cluster.next_series++;
    ++cluster.series_count;
    sql::Values row = {cluster.id, id, digest};
    for (sql::Value& value : values_of(each.series)) row.push_back(std::move(value));
    rows.push_back(std::move(row));
    numbers.emplace(std::move(each.key), id);
  }
  co_return co_await insert_rows(
      transaction, "INSERT INTO series (cluster, id, digest, " + std::string(kSeriesColumns) + ")",
      "", std::move(rows));
}

void add_missing(MissingSeries& missing, std::string key, Series series) {
  sql::Blob digest = digest_of(key);
  missing.emplace(std::move(digest), Missing{std::move(key), std::move(series)});
}

// What a series is counted as where there is no room for it; with `room` for one it is itself.
Series folded(const Series& series, std::int64_t room) {
  const bool is_folded = series.overflow || series.kind == SeriesKind::kCoverage;
  if (room > 0 || (is_folded && room > -kMaxSeries)) return series;
  Series out;
  out.kind = series.kind;
  out.overflow = true;
  out.direction = series.direction;
  if (room <= -kMaxSeries) return out;
  out.reporter_namespace = series.reporter_namespace;
  out.reporter_workload = series.reporter_workload;
  out.reporter_kind = series.reporter_kind;
  out.reporter_version = series.reporter_version;
  return out;
}

}  // namespace

Task<Result<SeriesNumbers::Numbers>> SeriesNumbers::resolve(sql::Transaction& transaction,
                                                            ClusterRow& cluster,
                                                            const MetricBatch::Rows& rows) {
  Known& known = known_[cluster.id];
  if (known.generation != cluster.series_generation) known = {cluster.series_generation, {}};
  Numbers numbers;
  MissingSeries missing;
  for (const auto& [key, row] : rows) {
    const auto found = known.numbers.find(key);
    if (found != known.numbers.end()) {
      numbers.emplace(key, found->second);
    } else {
      add_missing(missing, key, row.series);
    }
  }
  if (missing.empty()) co_return numbers;
  auto looked = co_await look_up(transaction, cluster.id, missing, numbers);
  if (!looked) co_return fail(std::move(looked.error()));

  // For each that stays itself there is room; the others become series that may exist.
  MissingSeries made, overflows;
  std::vector<std::pair<std::string, std::string>> folds;
  std::int64_t room = kMaxSeries - cluster.series_count;
  for (auto& [digest, each] : missing) {
    Series series = folded(each.series, room);
    if (series == each.series) {
      --room;
      made.emplace(digest, std::move(each));
      continue;
    }
    std::string key = canonical_key(series);
    folds.emplace_back(std::move(each.key), key);
    if (!numbers.contains(key)) add_missing(overflows, std::move(key), std::move(series));
  }
  looked = co_await look_up(transaction, cluster.id, overflows, numbers);
  if (!looked) co_return fail(std::move(looked.error()));
  made.merge(overflows);
  auto written = co_await write_new(transaction, cluster, std::move(made), numbers);
  if (!written) co_return fail(std::move(written.error()));
  for (const auto& [key, overflow] : folds) numbers.emplace(key, numbers.at(overflow));
  co_return numbers;
}

void SeriesNumbers::remember(const ClusterRow& cluster, const Numbers& numbers) {
  Known& known = known_[cluster.id];
  if (known.generation != cluster.series_generation) known = {cluster.series_generation, {}};
  std::size_t all = 0;
  for (const auto& [id, each] : known_) all += each.numbers.size();
  if (all + numbers.size() > kMaxRemembered) known.numbers.clear();
  known.numbers.insert(numbers.begin(), numbers.end());
}

}  // namespace seine::dive
