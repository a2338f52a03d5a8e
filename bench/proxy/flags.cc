// SPDX-License-Identifier: Apache-2.0
#include "proxy/flags.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>

namespace seine::bench {

Result<Flags> Flags::parse(int argc, char** argv, const std::set<std::string_view>& valued,
                           const std::set<std::string_view>& bare) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (bare.contains(name)) {
      flags.values_.emplace(name, "");
    } else if (!valued.contains(name)) {
      return fail(ErrorCode::kInvalidConfig, fmt::format("{} is not a flag of this tool", name));
    } else if (++i == argc) {
      return fail(ErrorCode::kInvalidConfig, fmt::format("{} needs a value", name));
    } else {
      flags.values_.emplace(name, argv[i]);
    }
  }
  return flags;
}

std::string Flags::text(std::string_view name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second;
}

Result<std::uint64_t> Flags::number(std::string_view name, std::uint64_t fallback) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  const std::string& text = found->second;
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return fail(ErrorCode::kInvalidConfig, fmt::format("{} {} is not a number", name, text));
  return value;
}

Result<Duration> Flags::duration(std::string_view name, Duration fallback) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  auto value = parse_duration(found->second);
  if (!value) return fail(ErrorCode::kInvalidConfig, fmt::format("{} takes 10s or 300ms", name));
  return *value;
}

int report_failure(std::string_view tool, const Error& error) {
  const std::string line = fmt::format("{}: {}\n", tool, error.to_string());
  std::fputs(line.c_str(), stderr);
  return error.code == ErrorCode::kInvalidConfig ? 64 : 1;
}

}  // namespace seine::bench
