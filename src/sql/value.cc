// SPDX-License-Identifier: Apache-2.0
#include "sql/value.h"

#include <array>
#include <cmath>

namespace seine::sql {

namespace {

constexpr std::array<std::string_view, 5> kTypeNames = {"null", "integer", "double", "text",
                                                        "blob"};

// The length of the UTF-8 sequence at the start of `text`, 0 if there is none: no overlong form, no
// surrogate, nothing over U+10FFFF (RFC 3629, section 4), and no NUL.
std::size_t sequence_length(std::string_view text) {
  const auto at = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&at](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i <= to; ++i) {
      if ((at(i) & 0xc0U) != 0x80U) return false;
    }
    return true;
  };
  const unsigned first = at(0), second = at(1);
  if (first > 0 && first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1, 1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (first == 0xe0 && second < 0xa0) return 0;
    if (first == 0xed && second > 0x9f) return 0;
    return continues(1, 2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (first == 0xf0 && second < 0x90) return 0;
    if (first == 0xf4 && second > 0x8f) return 0;
    return continues(1, 3) ? 4 : 0;
  }
  return 0;
}

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string_view type_name(const Value& value) {
  return kTypeNames[value.index()];
}

std::size_t size_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* blob = std::get_if<Blob>(&value)) return blob->size();
  return std::holds_alternative<Null>(value) ? 0 : 8;
}

Result<void> check_values(const Values& values, std::size_t max_value_bytes) {
  if (values.size() > kMaxParameters) {
    return fail(ErrorCode::kLimit, std::to_string(values.size()) + " parameters, over " +
                                       std::to_string(kMaxParameters));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string name = "$" + std::to_string(i + 1);
    if (size_of(values[i]) > max_value_bytes) {
      return fail(ErrorCode::kLimit, name + " has " + std::to_string(size_of(values[i])) +
                                         " bytes, and a value may have " +
                                         std::to_string(max_value_bytes));
    }
    if (const auto* text = std::get_if<std::string>(&values[i]); text && !is_text(*text)) {
      return fail(ErrorCode::kInvalidArgument,
                  name + " is not UTF-8 without NUL; bytes belong into a blob");
    }
    if (const auto* number = std::get_if<double>(&values[i]); number && std::isnan(*number)) {
      return fail(ErrorCode::kInvalidArgument, name + " is not a number; write a null instead");
    }
  }
  return {};
}

Error wrong_type(const Values& row, std::size_t column, std::string_view wanted) {
  const std::string found = column < row.size() ? std::string(type_name(row[column])) : "nothing";
  return make_error(ErrorCode::kInternal, "column " + std::to_string(column) + " holds " + found +
                                              " where " + std::string(wanted) + " was expected");
}

}  // namespace seine::sql
