// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace seine::cli {
namespace {

constexpr std::size_t kShortestName = 16;  // cells are not cut below this

// Text is valid UTF-8 here: printable() has been over it.
char32_t next_code_point(std::string_view& text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  char32_t code = length == 1 ? byte(0) : byte(0) & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length && i < text.size(); ++i) code = (code << 6) | (byte(i) & 0x3F);
  text.remove_prefix(std::min(length, text.size()));
  return code;
}

std::size_t width_of(char32_t code) {
  const bool is_nothing = (code >= 0x300 && code <= 0x36F) || (code >= 0x200B && code <= 0x200F) ||
                          (code >= 0xFE00 && code <= 0xFE0F);
  if (is_nothing) return 0;
  const bool is_wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                       (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                       (code >= 0xFF00 && code <= 0xFF60) || (code >= 0x1F300 && code <= 0x1FAFF);
  return is_wide ? 2 : 1;
}

// At most `width` columns, the last an ellipsis if something was cut.
std::string cut(std::string_view text, std::size_t width, bool is_utf8) {
  if (display_width(text) <= width) return std::string(text);
  const std::string_view mark = is_utf8 ? "…" : "~";
  std::size_t used = 0;
  std::string_view left = text;
  while (!left.empty()) {
    std::string_view rest = left;
    const std::size_t more = width_of(next_code_point(rest));
    if (used + more > width - 1) break;
    used += more;
    left = rest;
  }
  return std::string(text.substr(0, text.size() - left.size())) + std::string(mark);
}

void append(std::string& line, const Cell& cell, const Column& column, std::size_t width,
            std::size_t gap, const Terminal& terminal) {
  const std::string text = cut(cell.text, width, terminal.is_utf8);
  const std::string padding(width - display_width(text), ' ');
  if (column.align == Align::kRight) line += padding;
  line += terminal.paint(cell.colour, text);
  // No gap: it is the last.
  if (column.align == Align::kLeft && gap > 0) line += padding;
  line.append(gap, ' ');
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(next_code_point(text));
  return width;
}

void Table::add(std::vector<Cell> row) {
  SEINE_CHECK(row.size() == columns_.size(), "a row has a cell for each column");
  for (Cell& cell : row) cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::size_t Table::Layout::total() const {
  std::size_t sum = gap * (widths.size() - 1);
  for (const std::size_t width : widths) sum += width;
  return sum;
}

const std::string& Table::title(const Column& column, const Layout& layout) const {
  return layout.has_short_titles && !column.short_title.empty() ? column.short_title : column.title;
}

Table::Layout Table::lay_out(bool has_short_titles, std::size_t gap) const {
  Layout layout{.has_short_titles = has_short_titles, .gap = gap, .widths = {}};
  layout.widths.reserve(columns_.size());
  for (const Column& column : columns_) {
    layout.widths.push_back(display_width(title(column, layout)));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      layout.widths[i] = std::max(layout.widths[i], display_width(row[i].text));
    }
  }
  return layout;
}

Table::Layout Table::choose_layout(const Terminal& terminal) const {
  Layout layout;
  for (const auto& [is_short, gap] : {std::pair{false, 2U}, {false, 1U}, {true, 2U}, {true, 1U}}) {
    layout = lay_out(is_short, gap);
    if (layout.total() <= terminal.columns) return layout;
  }
  if (!terminal.is_tty) return lay_out(false, 2);
  fit(layout, terminal.columns);
  return layout;
}

void Table::fit(Layout& layout, std::size_t available) const {
  std::vector<std::size_t>& widths = layout.widths;
  while (layout.total() > available) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool may_shrink = columns_[i].align == Align::kLeft && !columns_[i].is_whole &&
                              widths[i] > kShortestName &&
                              widths[i] > display_width(title(columns_[i], layout));
      if (may_shrink && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size()) return;
    --widths[widest];
  }
}

std::string Table::render(const Terminal& terminal) const {
  if (columns_.empty()) return {};
  const Layout layout = choose_layout(terminal);
  const auto gap_after = [&](std::size_t i) { return i + 1 == columns_.size() ? 0 : layout.gap; };
  std::string out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    append(out, {title(columns_[i], layout), Colour::kBold}, columns_[i], layout.widths[i],
           gap_after(i), terminal);
  }
  out += "\n";
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      append(out, row[i], columns_[i], layout.widths[i], gap_after(i), terminal);
    }
    out += "\n";
  }
  return out;
}

}  // namespace seine::cli
