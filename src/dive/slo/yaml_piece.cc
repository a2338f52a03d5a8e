// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/yaml_piece.h"

#include <algorithm>
#include <array>

namespace seine::dive {
namespace {

// Small documents are parsed together up to it: fewer bytes than kMaxYamlMarks.
constexpr std::size_t kPieceBytes = std::size_t{32} << 10;
constexpr std::string_view kMarks = "\n\r,[]{}:?&*!\"'";
constexpr std::string_view kDocumentMarker = "---";

bool begins_document(std::string_view text) {
  if (!text.starts_with(kDocumentMarker)) return false;
  text.remove_prefix(kDocumentMarker.size());
  return text.empty() || std::string_view(" \t\r\n").contains(text.front());
}

// The bytes up to the next line that begins a document.
std::size_t length_of_document(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at)) {
    if (begins_document(text.substr(++at))) return at;
  }
  return text.size();
}

}  // namespace

std::size_t count_yaml_marks(std::string_view text) {
  std::array<bool, 256> is_mark{};
  for (const char c : kMarks) is_mark[static_cast<unsigned char>(c)] = true;
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [&is_mark](char c) { return is_mark[static_cast<unsigned char>(c)]; }));
}

std::vector<YamlPiece> split_yaml(std::string_view text) {
  std::vector<YamlPiece> out;
  std::size_t line = 1;
  while (!text.empty()) {
    const std::string_view document = text.substr(0, length_of_document(text));
    text.remove_prefix(document.size());
    if (!out.empty() && out.back().text.size() + document.size() <= kPieceBytes) {
      // They lie side by side.
      out.back().text = {out.back().text.data(), out.back().text.size() + document.size()};
    } else {
      out.push_back({document, line});
    }
    line += static_cast<std::size_t>(std::ranges::count(document, '\n'));
  }
  return out;
}

}  // namespace seine::dive
