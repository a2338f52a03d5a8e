// SPDX-License-Identifier: Apache-2.0
// Decodes a mapping member by member with one check at the end: the first error stays, later reads
// give their fallback, and finish() refuses members nobody asked for. As json::Fields, but errors
// name the file and the line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dive/slo/yaml.h"

namespace seine::dive {

// Borrows `node` and `file`, which outlive it. `what` names the mapping, such as "an objective".
class YamlFields {
 public:
  YamlFields(const YamlNode& node, std::string_view file, std::string what);

  // Present, a value and not empty; else "" and an error.
  std::string text(std::string_view key);
  // "" where the member is absent or empty.
  std::string text_or_empty(std::string_view key);
  // Must be there, and be a mapping or a list; else null and an error.
  const YamlNode* map(std::string_view key);
  const YamlNode* list(std::string_view key);
  // Whatever it is; null where it is absent.
  const YamlNode* find(std::string_view key);
  bool has(std::string_view key) { return find(key) != nullptr; }

  // The line of that member, or of the mapping.
  std::size_t line_of(std::string_view key) const;
  // Takes the value, or records the error at that member.
  template <class T>
  std::optional<T> take(std::string_view key, Result<T> result) {
    if (result) return std::move(*result);
    add_error(key, result.error().message);
    return std::nullopt;
  }
  void add_error(std::string_view key, std::string_view sentence);
  // Of a deeper decoder, which has named its place.
  void add_error(Error error);
  bool failed() const { return error_.has_value(); }

  // The first error, or that of a member nobody asked for.
  Result<void> finish();

 private:
  const YamlNode* required(std::string_view key, YamlNode::Kind kind, std::string_view expected);

  const YamlNode& node_;
  const std::string_view file_;
  const std::string what_;
  std::vector<std::string_view> asked_;
  std::optional<Error> error_;
};

}  // namespace seine::dive
