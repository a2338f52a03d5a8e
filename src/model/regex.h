// SPDX-License-Identifier: Apache-2.0
// A regular expression of RE2's syntax that matches whole texts, in time linear to them. Copies
// share the compiled form; any thread may match.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::model {

inline constexpr std::size_t kMaxRegexPattern = 4096;

class Regex {
 public:
  // Error kInvalidArgument with RE2's reason, or when longer than kMaxRegexPattern.
  static Result<Regex> compile(std::string_view pattern);

  bool matches(std::string_view text) const;
  const std::string& pattern() const;

  friend bool operator==(const Regex& a, const Regex& b) { return a.pattern() == b.pattern(); }

 private:
  struct Compiled;
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace seine::model
