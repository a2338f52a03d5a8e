// SPDX-License-Identifier: Apache-2.0
#include "model/regex.h"

#include "fmt/format.h"

#include "re2/re2.h"

namespace seine::model {

namespace {

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  // Bounds both the program and what matching may cache; a policy that needs more is refused.
  options.set_max_mem(1 << 20);
  return options;
}

}  // namespace

struct Regex::Compiled {
  explicit Compiled(std::string_view pattern)
      : re(re2::StringPiece(pattern.data(), pattern.size()), options()) {}
  RE2 re;
};

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kMaxRegexPattern) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a regular expression of {} bytes is longer than the {} allowed",
                            pattern.size(), kMaxRegexPattern));
  }
  auto compiled = std::make_shared<const Compiled>(pattern);
  if (!compiled->re.ok()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a regular expression: {}", pattern.substr(0, 128),
                            compiled->re.error()));
  }
  return Regex(std::move(compiled));
}

bool Regex::matches(std::string_view text) const {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled_->re);
}

const std::string& Regex::pattern() const {
  return compiled_->re.pattern();
}

}  // namespace seine::model
