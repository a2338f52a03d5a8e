// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/answer.h"

#include "fmt/format.h"

namespace seine::cli {
namespace {

// Nanoseconds in 64 bits end in 2262.
constexpr std::int64_t kLastWallMillisecond = 9'223'372'036'854;
// Three years; more has digits that a double does not hold.
constexpr double kLongestMilliseconds = 1e11;

}  // namespace

std::string_view text_at(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  const std::string* text = member == nullptr ? nullptr : member->string();
  return text == nullptr ? std::string_view() : *text;
}

std::optional<std::int64_t> integer_at(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  const std::int64_t* integer = member == nullptr ? nullptr : member->integer();
  return integer == nullptr ? std::nullopt : std::optional(*integer);
}

std::string milliseconds_at(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  if (member == nullptr) return {};
  if (const std::int64_t* whole = member->integer()) {
    return *whole < 0 ? "" : std::to_string(*whole) + "ms";
  }
  const double* number = member->number();
  if (number == nullptr || !(*number >= 0) || *number > kLongestMilliseconds) return {};
  std::string out = fmt::format("{:.3f}", *number);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out + "ms";
}

std::optional<WallTime> time_at(const json::Value& value, std::string_view key) {
  const auto milliseconds = integer_at(value, key);
  if (!milliseconds || *milliseconds < 0 || *milliseconds > kLastWallMillisecond) {
    return std::nullopt;
  }
  return WallTime(std::chrono::milliseconds(*milliseconds));
}

bool flag_at(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  const bool* flag = member == nullptr ? nullptr : member->boolean();
  return flag != nullptr && *flag;
}

const json::Array& list_at(const json::Value& value, std::string_view key) {
  static const json::Array kNone;
  const json::Value* member = value.find(key);
  const json::Array* list = member == nullptr ? nullptr : member->array();
  return list == nullptr ? kNone : *list;
}

const json::Value& object_at(const json::Value& value, std::string_view key) {
  static const json::Value kNull;
  const json::Value* member = value.find(key);
  return member == nullptr || member->object() == nullptr ? kNull : *member;
}

Result<void> check_answer(const json::Value& answer, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (answer.find(key) != nullptr) continue;
    return fail(ErrorCode::kProtocol, "Dive's answer has no \"" + std::string(key) +
                                          "\"; is it of this version? see seine version");
  }
  return {};
}

std::string grouped(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t first = count < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace seine::cli
