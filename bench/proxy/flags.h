// SPDX-License-Identifier: Apache-2.0
// `--name value` and bare `--name` flags of the benchmark's tools. Unknown names and missing or
// malformed values are one sentence and exit 64, as everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace seine::bench {

class Flags {
 public:
  // `valued` flags take the next argument; `bare` ones take none.
  static Result<Flags> parse(int argc, char** argv, const std::set<std::string_view>& valued,
                             const std::set<std::string_view>& bare);

  bool has(std::string_view name) const { return values_.contains(name); }
  std::string text(std::string_view name, std::string_view fallback) const;
  Result<std::uint64_t> number(std::string_view name, std::uint64_t fallback) const;
  Result<Duration> duration(std::string_view name, Duration fallback) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// Prints the sentence to stderr; the exit code that goes with it.
int report_failure(std::string_view tool, const Error& error);

}  // namespace seine::bench
