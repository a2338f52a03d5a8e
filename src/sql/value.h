// SPDX-License-Identifier: Apache-2.0
// What goes into a statement and what comes out of it. Five types, the same in both databases:
// nothing, a 64-bit integer, a double, text (UTF-8 without NUL) and bytes. Plain values, any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace seine::sql {

struct Null {
  friend bool operator==(const Null&, const Null&) = default;
};
using Blob = std::vector<std::byte>;
// An unsigned 64-bit number has no type here: cast it, knowing what becomes of its top bit.
using Value = std::variant<Null, std::int64_t, double, std::string, Blob>;
using Values = std::vector<Value>;

// SQLite takes 32766 and PostgreSQL 65535 in one statement.
inline constexpr std::size_t kMaxParameters = 30'000;

// "null", "integer", "double", "text" or "blob".
std::string_view type_name(const Value& value);
// Bytes it takes in a result or a statement, for the limits.
std::size_t size_of(const Value& value);
// Whether both databases would take these parameters and give back the same. Error
// kInvalidArgument: text that is not UTF-8 or holds NUL, a double that is no number; kLimit: a
// value over `max_value_bytes`.
Result<void> check_values(const Values& values, std::size_t max_value_bytes);

struct Rows {
  std::vector<std::string> columns;
  std::vector<Values> rows;
  // Rows that INSERT, UPDATE or DELETE touched; 0 for anything else.
  std::int64_t changed = 0;
};

// Error kInternal, naming the column, where the row has no such column or another type there: the
// file or the schema is not what this program wrote.
Error wrong_type(const Values& row, std::size_t column, std::string_view wanted);

// `get<std::int64_t>(row, 0)`; T is one of the types of Value, Null aside.
template <class T>
Result<T> get(const Values& row, std::size_t column) {
  if (column < row.size()) {
    if (const T* value = std::get_if<T>(&row[column])) return *value;
  }
  return fail(wrong_type(row, column, type_name(Value(T{}))));
}
// The same for a column that may be null.
template <class T>
Result<std::optional<T>> get_optional(const Values& row, std::size_t column) {
  if (column < row.size() && std::holds_alternative<Null>(row[column])) return std::nullopt;
  Result<T> value = get<T>(row, column);
  if (!value) return fail(std::move(value.error()));
  return std::optional<T>(*std::move(value));
}

}  // namespace seine::sql
