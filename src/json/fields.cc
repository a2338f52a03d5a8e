// SPDX-License-Identifier: Apache-2.0
#include "json/fields.h"

#include <algorithm>
#include <utility>

namespace seine::json {

Fields::Fields(const Value& object, std::string path) : object_(object), path_(std::move(path)) {
  if (object.object() == nullptr) {
    const std::string where = path_.empty() ? "the document" : path_;
    add_error(make_error(ErrorCode::kInvalidArgument,
                         where + " must be an object, not " + std::string(object.kind_name())));
  }
}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

std::string Fields::path_of(std::string_view key, std::size_t index) const {
  return path_of(key) + "[" + std::to_string(index) + "]";
}

void Fields::add_error(std::string_view key, std::string_view predicate) {
  add_error(make_error(ErrorCode::kInvalidArgument, path_of(key) + " " + std::string(predicate)));
}

void Fields::add_sentence(std::string_view key, std::string_view sentence) {
  add_error(make_error(ErrorCode::kInvalidArgument, path_of(key) + ": " + std::string(sentence)));
}

void Fields::add_error(Error error) {
  if (!error_) error_ = std::move(error);
}

void Fields::expected(std::string_view key, std::string_view what, const Value& found) {
  add_error(key, "must be " + std::string(what) + ", not " + std::string(found.kind_name()));
}

const Value* Fields::find(std::string_view key) {
  asked_.emplace_back(key);
  return object_.find(key);
}

const Value* Fields::required(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) add_error(key, "is missing");
  return value;
}

std::string Fields::text(std::string_view key) {
  const Value* value = required(key);
  if (value == nullptr) return {};
  const std::string* text = value->string();
  if (text == nullptr) {
    expected(key, "a string", *value);
    return {};
  }
  if (text->empty()) add_error(key, "is empty");
  return *text;
}

std::string Fields::text_or(std::string_view key, std::string_view fallback) {
  const Value* value = find(key);
  if (value == nullptr) return std::string(fallback);
  if (const std::string* text = value->string()) return *text;
  expected(key, "a string", *value);
  return std::string(fallback);
}

std::int64_t Fields::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  if (object_.find(key) == nullptr) required(key);
  return integer_or(key, min, min, max);
}

std::int64_t Fields::integer_or(std::string_view key, std::int64_t fallback, std::int64_t min,
                                std::int64_t max) {
  const Value* value = find(key);
  if (value == nullptr) return fallback;
  const std::int64_t* number = value->integer();
  if (number == nullptr) {
    expected(key, "an integer", *value);
    return fallback;
  }
  if (*number < min || *number > max) {
    add_error(key, "must be from " + std::to_string(min) + " to " + std::to_string(max) + ", not " +
                       std::to_string(*number));
    return fallback;
  }
  return *number;
}

bool Fields::boolean_or(std::string_view key, bool fallback) {
  const Value* value = find(key);
  if (value == nullptr) return fallback;
  if (const bool* truth = value->boolean()) return *truth;
  expected(key, "true or false", *value);
  return fallback;
}

const Array& Fields::array_or_empty(std::string_view key) {
  static const Array kEmpty;
  const Value* value = find(key);
  if (value == nullptr) return kEmpty;
  if (const Array* elements = value->array()) return *elements;
  expected(key, "an array", *value);
  return kEmpty;
}

bool Fields::within(std::string_view key, std::size_t size, std::size_t limit) {
  if (size > limit) add_error(key, "has more than " + std::to_string(limit) + " elements");
  return size <= limit;
}

std::vector<std::int64_t> Fields::integers_or_empty(std::string_view key, std::int64_t min,
                                                    std::int64_t max) {
  std::vector<std::int64_t> out;
  for (const Value& element : array_or_empty(key)) {
    const std::int64_t* number = element.integer();
    if (number != nullptr && *number >= min && *number <= max) {
      out.push_back(*number);
    } else {
      add_error(key, "must hold integers from " + std::to_string(min) + " to " +
                         std::to_string(max) + " only");
    }
  }
  return out;
}

std::vector<std::string> Fields::texts_or_empty(std::string_view key) {
  std::vector<std::string> out;
  for (const Value& element : array_or_empty(key)) {
    if (const std::string* text = element.string()) {
      out.push_back(*text);
    } else {
      add_error(key, "must hold strings only");
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> Fields::text_map_or_empty(std::string_view key) {
  std::vector<std::pair<std::string, std::string>> out;
  const Value* value = find(key);
  if (value == nullptr) return out;
  if (value->object() == nullptr) {
    expected(key, "an object", *value);
    return out;
  }
  for (const Member& member : *value->object()) {
    if (const std::string* text = member.value.string()) {
      out.emplace_back(member.key, *text);
    } else {
      add_error(key, "must hold strings only");
    }
  }
  return out;
}

Result<void> Fields::finish() {
  if (error_) return fail(*std::exchange(error_, std::nullopt));
  for (const Member& member : *object_.object()) {
    if (std::ranges::find(asked_, member.key) == asked_.end()) {
      return fail(ErrorCode::kInvalidArgument, path_of(member.key) + " is not a known setting");
    }
  }
  return {};
}

}  // namespace seine::json
