// SPDX-License-Identifier: Apache-2.0
#include "web/text.h"

#include <cstdint>

#include "base/utf8.h"

namespace seine::web {
namespace {

bool is_control(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

}  // namespace

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const auto character = utf8_front(text);
    if (!character || is_control(character->code)) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

}  // namespace seine::web
