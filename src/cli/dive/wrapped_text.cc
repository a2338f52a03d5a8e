// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/wrapped_text.h"

#include <algorithm>

#include "cli/table.h"

namespace seine::cli {
namespace {

constexpr std::size_t kWidestText = 100;
constexpr std::string_view kBlanks = " \t\r";

// Takes the next word; empty at the end.
std::string_view take_word(std::string_view& text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return text = {};
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

void wrap_line(std::string& out, std::string_view line, std::size_t columns,
               std::string_view indent) {
  std::size_t used = 0;  // 0: nothing stands in the line yet
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    const std::string shown = printable(word);
    const std::size_t width = display_width(shown);
    if (used > 0 && used + 1 + width > columns) {
      out += "\n";
      used = 0;
    }
    if (used == 0) {
      out += indent;
      used = indent.size();
    } else {
      out += " ";
      used += 1;
    }
    out += shown;
    used += width;
  }
  out += "\n";
}

}  // namespace

std::size_t text_columns(const Terminal& terminal) {
  return std::min(terminal.columns, kWidestText);
}

std::string wrapped(std::string_view text, std::size_t columns, std::string_view indent) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    wrap_line(out, text.substr(0, end), columns, indent);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string sentence(std::string_view text, std::size_t columns) {
  return text.empty() ? std::string() : wrapped(std::string(text) + ".", columns);
}

}  // namespace seine::cli
