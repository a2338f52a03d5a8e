// SPDX-License-Identifier: Apache-2.0
#include "json/value.h"

#include <algorithm>
#include <utility>

namespace seine::json {

Value::Value() = default;
Value::Value(bool value) : data_(value) {}
Value::Value(std::int64_t value) : data_(value) {}
Value::Value(double value) : data_(value) {}
Value::Value(std::string value) : data_(std::move(value)) {}
Value::Value(Array value) : data_(std::move(value)) {}
Value::Value(Object value) : data_(std::move(value)) {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

bool Value::is_null() const {
  return std::holds_alternative<std::monostate>(data_);
}
const bool* Value::boolean() const {
  return std::get_if<bool>(&data_);
}
const std::int64_t* Value::integer() const {
  return std::get_if<std::int64_t>(&data_);
}
const double* Value::number() const {
  return std::get_if<double>(&data_);
}
const std::string* Value::string() const {
  return std::get_if<std::string>(&data_);
}
const Array* Value::array() const {
  return std::get_if<Array>(&data_);
}
const Object* Value::object() const {
  return std::get_if<Object>(&data_);
}

const Value* Value::find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  const auto found = std::ranges::find(*members, key, &Member::key);
  return found == members->end() ? nullptr : &found->value;
}

std::string_view Value::kind_name() const {
  static constexpr std::string_view kNames[] = {"null",     "a boolean", "an integer", "a number",
                                                "a string", "an array",  "an object"};
  return kNames[data_.index()];
}

bool operator==(const Value& a, const Value& b) {
  return a.data_ == b.data_;
}

}  // namespace seine::json
