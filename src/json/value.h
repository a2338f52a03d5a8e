// SPDX-License-Identifier: Apache-2.0
// JSON documents as values: small files and answers, read whole. Numbers are 64-bit integers where
// they are written as such, doubles otherwise; members keep their order; a repeated member is an
// error, since readers disagree on which one counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace seine::json {

class Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;

class Value {
 public:
  Value();  // null
  explicit Value(bool value);
  explicit Value(std::int64_t value);
  explicit Value(double value);
  explicit Value(std::string value);
  explicit Value(Array value);
  explicit Value(Object value);
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  bool is_null() const;
  // The content if the value is of that kind, else null. Borrowed from this value.
  const bool* boolean() const;
  const std::int64_t* integer() const;
  const double* number() const;
  const std::string* string() const;
  const Array* array() const;
  const Object* object() const;
  // The member of an object; null if there is none or this is no object.
  const Value* find(std::string_view key) const;
  // "a string", "an object": for sentences.
  std::string_view kind_name() const;

  friend bool operator==(const Value& a, const Value& b);

 private:
  // Object is incomplete here, so whatever touches this stands in value.cc.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

struct Member {
  std::string key;
  Value value;
  friend bool operator==(const Member&, const Member&) = default;
};

struct Limits {
  std::size_t max_bytes = 16 << 20;
  std::size_t max_depth = 64;
};

// Error kInvalidArgument: "line 3, column 7: ..." where the place is known, else what is wrong
// with the whole (not UTF-8, an unclosed string); kLimit beyond `limits`.
Result<Value> parse(std::string_view text, const Limits& limits = {});

}  // namespace seine::json
