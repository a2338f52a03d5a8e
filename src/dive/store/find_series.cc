// SPDX-License-Identifier: Apache-2.0
#include "dive/store/find_series.h"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "dive/store/store_limits.h"

namespace seine::dive {

using runtime::Task;
using About = CountQuestion::About;

namespace {

constexpr std::string_view condition_of(About about) {
  switch (about) {
    case About::kService: return "target_namespace = $3 AND target_service = $4";
    case About::kWorkload:
      return "((reporter_namespace = $3 AND reporter_workload = $4 AND direction = 1)"
             " OR (peer_namespace = $3 AND peer_workload = $4 AND direction = 2))";
    case About::kCalls:
      return "reporter_namespace = $3 AND reporter_workload = $4 AND direction = 2";
    case About::kAll: break;
  }
  return "$3 = $3 AND $4 = $4";
}
// What a workload got from callers who name no service, such as those without a proxy, and what
// was over a cap; and what callers with a proxy sent to the address of one of its pods.
constexpr std::array<std::string_view, 2> kUnnamedTarget = {
    "reporter_namespace = $3 AND reporter_workload = $4 AND direction = 1"
    " AND (overflow = 1 OR target_service = '')",
    "peer_namespace = $3 AND peer_workload = $4 AND direction = 2 AND target_service = ''"};
constexpr std::string_view kOverflowOfCaller =
    "reporter_namespace = $3 AND reporter_workload = $4 AND direction = 2 AND overflow = 1";
// Of what servers counted, only that of callers that did not.
constexpr std::string_view kOnce = " AND (direction = 2 OR peer_identity = '')";

Result<void> add_found(const sql::Rows& rows, std::size_t limit, Found& found) {
  for (const sql::Values& row : rows.rows) {
    const auto id = sql::get<std::int64_t>(row, 0);
    auto series = series_from(row, 1);
    if (!id) return fail(id.error());
    if (!series) return fail(std::move(series.error()));
    found[*id] = {.id = *id, .series = *std::move(series), .slots = {}};
  }
  if (found.size() > limit) {
    return fail(ErrorCode::kLimit,
                "the answer has over " + std::to_string(limit) + " series; ask for less");
  }
  return {};
}

// One page after another, in the order of numbers.
Task<Result<void>> find_in_pages(sql::Transaction& transaction, std::string select,
                                 sql::Values values, std::size_t limit, Found& found) {
  const std::string page = " AND id > $" + std::to_string(values.size() + 1) +
                           " ORDER BY id LIMIT " + std::to_string(kFoundSeries);
  std::int64_t last = 0;
  for (bool more = true; more;) {
    sql::Values of_page = values;
    of_page.emplace_back(last);
    auto rows = co_await transaction.run(select + page, std::move(of_page));
    if (!rows) co_return fail(std::move(rows.error()));
    if (auto added = add_found(*rows, limit, found); !added) co_return added;
    more = rows->rows.size() == kFoundSeries;
    if (more) last = sql::get<std::int64_t>(rows->rows.back(), 0).value_or(0);
  }
  co_return Result<void>();
}

// `condition` is about $3 and those after it, which are `values`.
Task<Result<void>> find(sql::Transaction& transaction, std::int64_t cluster, SeriesKind kind,
                        std::string condition, sql::Values values, std::size_t limit,
                        Found& found) {
  values.insert(values.begin(), {cluster, static_cast<std::int64_t>(kind)});
  std::string select = "SELECT id, " + std::string(kSeriesColumns) +
                       " FROM series WHERE cluster = $1 AND kind = $2 AND " + condition;
  // Most often this is all; asked for in an order, a database would rather not use the index that
  // the names have.
  auto rows = co_await transaction.run(select + " LIMIT " + std::to_string(kFoundSeries), values);
  if (!rows) co_return fail(std::move(rows.error()));
  if (rows->rows.size() < kFoundSeries) co_return add_found(*rows, limit, found);
  rows->rows.clear();
  co_return co_await find_in_pages(transaction, std::move(select), std::move(values), limit, found);
}

}  // namespace

Task<Result<void>> find_series(sql::Transaction& transaction, std::int64_t cluster,
                               const CountQuestion& question, Found& found) {
  const std::size_t limit = question.summed ? kMaxSummedSeries : kMaxAnswerSeries;
  const std::string once = question.each_request_once ? std::string(kOnce) : std::string();
  auto done = co_await find(transaction, cluster, question.kind,
                            std::string(condition_of(question.about)) + once,
                            {question.ns, question.name}, limit, found);
  if (!done) co_return done;
  if (question.about == About::kService) {
    for (const WorkloadId& each : question.workloads) {
      for (const std::string_view unnamed : kUnnamedTarget) {
        done = co_await find(transaction, cluster, question.kind, std::string(unnamed) + once,
                             {each.ns, each.name}, limit, found);
        if (!done) co_return done;
      }
    }
  }
  if (question.about != About::kService && question.about != About::kWorkload) co_return done;
  std::set<std::pair<std::string, std::string>> callers;
  for (const auto& [id, each] : found) {
    if (each.series.direction != Direction::kOutbound) continue;
    callers.emplace(each.series.reporter_namespace, each.series.reporter_workload);
  }
  for (const auto& [ns, workload] : callers) {
    done = co_await find(transaction, cluster, question.kind, std::string(kOverflowOfCaller),
                         {ns, workload}, limit, found);
    if (!done) co_return done;
  }
  co_return done;
}

Task<Result<void>> find_coverage(sql::Transaction& transaction, std::int64_t cluster,
                                 std::optional<WorkloadId> workload, Found& found) {
  if (!workload) {
    co_return co_await find(transaction, cluster, SeriesKind::kCoverage, "1 = 1", {},
                            kMaxAnswerSeries, found);
  }
  co_return co_await find(
      transaction, cluster, SeriesKind::kCoverage,
      "reporter_namespace = $3 AND reporter_workload = $4 AND reporter_kind = $5",
      {std::move(workload->ns), std::move(workload->name), std::move(workload->kind)},
      kMaxAnswerSeries, found);
}

}  // namespace seine::dive
