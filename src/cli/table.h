// SPDX-License-Identifier: Apache-2.0
// Columns for people: names to the left, numbers to the right, widths of what is in them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"

namespace seine::cli {

enum class Align : unsigned char { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  std::string short_title = {};  // for narrow terminals; empty: there is none
  bool is_whole = false;         // is never cut: people type it again
};

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  // Titles, then rows, two spaces between columns, nothing after the last. Cells are made
  // printable. Where the lines are wider than a terminal, or than 80 columns of a pipe, there is
  // one space between columns, and then titles are shortened. Where that is not enough, the widest
  // left-aligned column is cut on a terminal, with an ellipsis, down to a width that names can
  // still be told apart by; a pipe gets all, with the titles in full.
  std::string render(const Terminal& terminal) const;

 private:
  // How the columns stand.
  struct Layout {
    bool has_short_titles = false;
    std::size_t gap = 2;
    std::vector<std::size_t> widths;
    std::size_t total() const;
  };
  const std::string& title(const Column& column, const Layout& layout) const;
  Layout lay_out(bool has_short_titles, std::size_t gap) const;
  Layout choose_layout(const Terminal& terminal) const;
  void fit(Layout& layout, std::size_t available) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// How many columns of a terminal a text takes: code points, with combining marks and zero-width
// ones as nothing and East Asian wide ones as two.
std::size_t display_width(std::string_view text);

}  // namespace seine::cli
