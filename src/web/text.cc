// SPDX-License-Identifier: Apache-2.0
#include "web/text.h"

#include <cstddef>
#include <cstdint>

namespace seine::web {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The octets of the character that begins with `first`, and the smallest one that needs so many; 0
// if none begins so.
struct Shape {
  std::size_t size;
  std::uint32_t least;
};

Shape shape_of(unsigned char first) {
  if (first < 0x80) return {1, 0};
  if ((first & 0xe0) == 0xc0) return {2, 0x80};
  if ((first & 0xf0) == 0xe0) return {3, 0x800};
  if ((first & 0xf8) == 0xf0) return {4, 0x10000};
  return {0, 0};
}

bool is_control(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

}  // namespace

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const Shape shape = shape_of(first);
    if (shape.size == 0 || shape.size > text.size()) return false;
    std::uint32_t point = shape.size == 1 ? first : first & (0x7fU >> shape.size);
    for (std::size_t i = 1; i < shape.size; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3fU);
    }
    const bool is_surrogate = point >= 0xd800 && point < 0xe000;
    if (point < shape.least || point > 0x10ffff || is_surrogate || is_control(point)) return false;
    text.remove_prefix(shape.size);
  }
  return true;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = text.size() - i > 2 ? hex_digit(text[i + 1]) : -1;
    const int low = text.size() - i > 2 ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return out;
}

}  // namespace seine::web
