// SPDX-License-Identifier: Apache-2.0
// The target of a request in its parts, decoded once and for all. Whoever routes or looks a file up
// sees segments that are names: none is empty, a dot or two, and none holds a slash or a backslash,
// however they were written. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace seine::web {

// Octets of a target, segments of its path, parameters of its query.
inline constexpr std::size_t kMaxTarget = 8 * 1024;
inline constexpr std::size_t kMaxSegments = 32;
inline constexpr std::size_t kMaxParameters = 64;

// Parameters by name. Each is there once: readers disagree on which of two counts.
class Query {
 public:
  // The value, empty too for a name alone; nothing where there is none of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  std::size_t size() const { return parameters_.size(); }
  const std::vector<std::pair<std::string, std::string>>& all() const { return parameters_; }

  // "a=1&b=x+y%21", as forms and URLSearchParams write it. Errors kInvalidArgument, kLimit.
  static Result<Query> parse(std::string_view text);

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

struct Target {
  std::vector<std::string> segments;  // none for "/"
  bool ends_in_slash = false;         // "/a/", and "/"
  Query query;

  // "/a/b" of the segments: the name of a file or of a page.
  std::string path() const;
};

// Of a target in origin form, as RequestHead::path has it. Errors kInvalidArgument, kLimit: a
// sentence for whoever sent it.
Result<Target> parse_target(std::string_view target);

}  // namespace seine::web
