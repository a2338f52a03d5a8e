// SPDX-License-Identifier: Apache-2.0
// What of a file of YAML is parsed at once, and how much that would take. Pure; nothing is parsed.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace seine::dive {

// Ends of lines, and signs of which a parser could make tokens wherever they stand.
std::size_t count_yaml_marks(std::string_view text);

// Documents that follow each other in a file.
struct YamlPiece {
  std::string_view text;
  std::size_t line = 1;  // its first one, in the file
};
// Splits a file before lines of "---", which begin a document whatever stands before them. A piece
// has one document, or several that are small.
std::vector<YamlPiece> split_yaml(std::string_view text);

}  // namespace seine::dive
