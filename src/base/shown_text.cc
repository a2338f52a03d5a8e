// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"

#include <algorithm>
#include <cstdint>

#include "fmt/format.h"

#include "base/utf8.h"

namespace seine {
namespace {

// Why a character cannot be shown; empty if it can.
std::string_view fault_of(char32_t code, bool has_lines) {
  if (code == '\n' || code == '\t') return has_lines ? "" : "it has one line";
  if (code < ' ' || (code >= 0x7f && code <= 0x9f)) return "it is a control character";
  if (code == 0x2028 || code == 0x2029) return "it ends a line where few see one";
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) {
    return "it turns what stands around it";
  }
  if (code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) || (code & ~0x7fU) == 0xe0000) {
    return "it cannot be seen";
  }
  if ((code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef)) return "it is no character";
  return "";
}

}  // namespace

Result<void> check_shown_text(std::string_view what, std::string_view text, const TextForm& form) {
  if (text.size() > form.max_bytes) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} has {} bytes and may have {}", what, text.size(), form.max_bytes));
  }
  const bool is_blank =
      std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
  if (is_blank && !(form.may_be_empty && text.empty())) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} is empty", what));
  }
  for (std::size_t at = 0; at < text.size();) {
    const auto character = utf8_front(text.substr(at));
    if (!character) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} is not UTF-8 at byte {}", what, at + 1));
    }
    const std::string_view fault = fault_of(character->code, form.has_lines);
    if (!fault.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} has U+{:04X} at byte {}: {}; leave it out", what,
                              static_cast<std::uint32_t>(character->code), at + 1, fault));
    }
    at += character->length;
  }
  return {};
}

std::string brief(std::string_view text) {
  constexpr std::size_t kMost = 64;
  if (text.size() <= kMost) return std::string(text);
  std::size_t end = kMost;
  const auto is_inside = [&text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
  };
  while (end > 0 && is_inside(end)) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace seine
