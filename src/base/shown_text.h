// SPDX-License-Identifier: Apache-2.0
// Text that somebody wrote and others are shown: titles, descriptions, names of people. Any script,
// in any direction, and nothing that could hide what stands there or write over what is around it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine {

struct TextForm {
  std::size_t max_bytes;
  bool has_lines = false;  // line feeds and tabs may be in it
  bool may_be_empty = false;
};

// UTF-8 without control characters, without the characters that set the direction of their
// neighbours (U+202A to U+202E, U+2066 to U+2069: a title could turn its page around), without
// those that are invisible tags, and without values that are no character; of blanks alone is
// empty. Error kInvalidArgument: a sentence that begins with `what`, such as "the title", and names
// the byte.
Result<void> check_shown_text(std::string_view what, std::string_view text, const TextForm& form);

// As much of what somebody wrote as an error repeats: whole characters of its first 64 octets, and
// "..." where there is more.
std::string brief(std::string_view text);

}  // namespace seine
