// SPDX-License-Identifier: Apache-2.0
// UTF-8, character by character. What is no character is for the caller to refuse or to replace.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace seine {

struct Utf8Character {
  char32_t code;
  std::size_t length;  // in bytes, 1 to 4
};

// The one at the front of `text`; nothing if there is none: by table 3-7 of the Unicode standard,
// so overlong forms, surrogates and values above U+10FFFF are not characters.
std::optional<Utf8Character> utf8_front(std::string_view text);

// With U+FFFD in the place of each byte that belongs to no character.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace seine
