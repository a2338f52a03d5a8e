// SPDX-License-Identifier: Apache-2.0
#include "dive/store/batch.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seine::dive {

using runtime::Task;

namespace {

constexpr std::array<std::size_t, 3> kSizes = {64, 8, 1};

// The largest that fits into what is left.
std::size_t size_for(std::size_t left) {
  return *std::ranges::find_if(kSizes, [left](std::size_t size) { return size <= left; });
}

// "($1, $2), ($3, $4)", counted from `number`.
std::string places(std::size_t number, std::size_t rows, std::size_t columns) {
  std::string text;
  for (std::size_t i = 0; i < rows; ++i) {
    text += i == 0 ? "(" : ", (";
    for (std::size_t j = 0; j < columns; ++j) {
      if (j > 0) text += ", ";
      text += "$" + std::to_string(number++);
    }
    text += ")";
  }
  return text;
}

// Takes rows [from, from + count) apart.
sql::Values flatten(std::vector<sql::Values>& rows, std::size_t from, std::size_t count) {
  sql::Values values;
  values.reserve(count * rows[from].size());
  for (std::size_t i = from; i < from + count; ++i) {
    std::ranges::move(rows[i], std::back_inserter(values));
  }
  return values;
}

}  // namespace

Task<Result<void>> insert_rows(sql::Transaction& transaction, std::string before, std::string after,
                               std::vector<sql::Values> rows) {
  for (std::size_t from = 0; from < rows.size();) {
    const std::size_t count = size_for(rows.size() - from);
    const std::string text =
        before + " VALUES " + places(1, count, rows[from].size()) + " " + after;
    auto done = co_await transaction.run(text, flatten(rows, from, count));
    if (!done) co_return fail(std::move(done.error()));
    from += count;
  }
  co_return Result<void>();
}

// The keys lead and the table follows, which SQLite takes from the order of a CROSS JOIN; asked
// with IN it would read the whole table.
Task<Result<std::vector<sql::Values>>> find_rows(sql::Transaction& transaction, Lookup lookup,
                                                 std::vector<sql::Values> wanted) {
  std::string names, conditions;
  for (const std::string& key : lookup.keys) {
    names += (names.empty() ? "" : ", ") + key;
    conditions += (conditions.empty() ? "t." : " AND t.") + key + " = wanted." + key;
  }
  std::vector<sql::Values> found;
  for (std::size_t from = 0; from < wanted.size();) {
    const std::size_t count = size_for(wanted.size() - from);
    const std::string text = "WITH wanted (" + names + ") AS (VALUES " +
                             places(lookup.values.size() + 1, count, lookup.keys.size()) +
                             ") SELECT " + lookup.columns + " FROM wanted CROSS JOIN " +
                             lookup.table + " t WHERE " + conditions + " " + lookup.and_also;
    sql::Values values = lookup.values;
    std::ranges::move(flatten(wanted, from, count), std::back_inserter(values));
    auto rows = co_await transaction.run(text, std::move(values));
    if (!rows) co_return fail(std::move(rows.error()));
    std::ranges::move(rows->rows, std::back_inserter(found));
    from += count;
  }
  co_return found;
}

}  // namespace seine::dive
