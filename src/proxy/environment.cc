// SPDX-License-Identifier: Apache-2.0
#include "proxy/environment.h"

#include <algorithm>
#include <charconv>

#include "fmt/format.h"

#include "base/log.h"

namespace seine::proxy {

namespace {

std::string full_name(std::string_view name) {
  if (name.starts_with("SEINE_") || name.starts_with("LINKERD2_")) return std::string(name);
  return fmt::format("LINKERD2_PROXY_{}", name);
}

std::string shown(std::string_view value) {
  return escape_text(value.substr(0, 64)) + (value.size() > 64 ? "..." : "");
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

struct PortRange {
  std::uint16_t first;
  std::uint16_t last;
};

Result<PortRange> parse_ports(std::string_view item) {
  const auto dash = item.find('-');
  const Result<std::uint16_t> first = parse_port(item.substr(0, dash));
  if (!first) return fail(first.error());
  if (dash == std::string_view::npos) return PortRange{*first, *first};
  const Result<std::uint16_t> last = parse_port(item.substr(dash + 1));
  if (!last) return fail(last.error());
  if (*last < *first) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the port range {}-{} ends before it begins", *first, *last));
  }
  return PortRange{*first, *last};
}

}  // namespace

void EnvironmentReader::refuse(std::string_view name, std::string_view sentence) {
  problems_.push_back(fmt::format("{}: {}", full_name(name), sentence));
}

std::optional<std::string_view> EnvironmentReader::text(std::string_view name) {
  const auto found = environment_.find(full_name(name));
  if (found == environment_.end() || found->second.empty()) return std::nullopt;
  if (found->second.size() > kMaxVariableSize) {
    refuse(name, fmt::format("longer than {} bytes", kMaxVariableSize));
    return std::nullopt;
  }
  return found->second;
}

std::optional<std::string_view> EnvironmentReader::foreign(std::string_view name) const {
  const auto found = environment_.find(name);
  if (found == environment_.end() || found->second.empty()) return std::nullopt;
  return std::string_view(found->second).substr(0, kMaxVariableSize);
}

bool EnvironmentReader::is_set(std::string_view name) const {
  return environment_.contains(full_name(name));
}

std::string_view EnvironmentReader::required_text(std::string_view name) {
  const auto value = text(name);
  if (!value) refuse(name, "must be set");
  return value.value_or(std::string_view());
}

bool EnvironmentReader::flag(std::string_view name, bool fallback) {
  const auto value = text(name);
  if (!value) return fallback;
  const std::string word = lower(trim(*value));
  if (word == "true") return true;
  if (word != "false") refuse(name, fmt::format("'{}' is neither true nor false", shown(*value)));
  return false;
}

Duration EnvironmentReader::duration(std::string_view name, Duration fallback) {
  const auto value = text(name);
  if (!value) return fallback;
  const Result<Duration> parsed = parse_duration(*value);
  if (!parsed) refuse(name, parsed.error().message);
  return parsed.value_or(fallback);
}

std::uint64_t EnvironmentReader::number(std::string_view name, std::uint64_t fallback,
                                        std::uint64_t min, std::uint64_t max) {
  const auto value = text(name);
  if (!value) return fallback;
  std::uint64_t parsed = 0;
  const auto [end, ec] = std::from_chars(value->data(), value->data() + value->size(), parsed);
  if (ec != std::errc() || end != value->data() + value->size() || parsed < min || parsed > max) {
    refuse(name, fmt::format("'{}' is not a number from {} to {}", shown(*value), min, max));
    return fallback;
  }
  return parsed;
}

double EnvironmentReader::ratio(std::string_view name, double fallback) {
  const auto value = text(name);
  if (!value) return fallback;
  // No sign, no exponent, no infinity.
  const std::string copy(*value);
  char* end = nullptr;
  const double parsed = strtod(copy.c_str(), &end);
  if (copy.find_first_not_of("0123456789.") != std::string::npos || *end != '\0' || parsed > 1.0) {
    refuse(name, "expected a ratio from 0.0 to 1.0");
    return fallback;
  }
  return parsed;
}

SocketAddr EnvironmentReader::addr(std::string_view name, SocketAddr fallback) {
  const auto value = text(name);
  if (!value) return fallback;
  const Result<SocketAddr> parsed = SocketAddr::parse(trim(*value));
  if (!parsed) refuse(name, parsed.error().message);
  return parsed.value_or(fallback);
}

template <class T, class Parse>
std::vector<T> EnvironmentReader::list(std::string_view name, Parse parse) {
  std::vector<T> items;
  std::string_view rest = text(name).value_or(std::string_view());
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view item = trim(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (item.empty()) continue;
    Result<T> parsed = parse(item);
    if (!parsed) {
      refuse(name, parsed.error().message);
      return items;
    }
    items.push_back(std::move(*parsed));
  }
  return items;
}

std::vector<SocketAddr> EnvironmentReader::addrs(std::string_view name, std::size_t most) {
  auto items = list<SocketAddr>(name, SocketAddr::parse);
  if (items.size() > most) {
    refuse(name, fmt::format("at most {} addresses are allowed, {} are given", most, items.size()));
  }
  return items;
}

std::set<std::uint16_t> EnvironmentReader::ports(std::string_view name) {
  std::set<std::uint16_t> all;
  for (const PortRange& range : list<PortRange>(name, parse_ports)) {
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      all.insert(static_cast<std::uint16_t>(port));
    }
  }
  return all;
}

std::vector<IpNet> EnvironmentReader::networks(std::string_view name) {
  return list<IpNet>(name, [](std::string_view item) { return IpNet::parse(item); });
}

std::set<IpAddress> EnvironmentReader::ips(std::string_view name) {
  const auto items = list<IpAddress>(name, IpAddress::parse);
  return {items.begin(), items.end()};
}

std::vector<std::string> EnvironmentReader::names(std::string_view name) {
  return list<std::string>(name, [](std::string_view item) -> Result<std::string> {
    std::string word = lower(item);
    const bool valid = word.size() <= 254 && std::all_of(word.begin(), word.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                                c == '.' || c == '_';
                       });
    if (!valid) {
      return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a DNS name", shown(item)));
    }
    return word;
  });
}

std::vector<std::string> EnvironmentReader::texts(std::string_view name) {
  return list<std::string>(
      name, [](std::string_view item) -> Result<std::string> { return std::string(item); });
}

}  // namespace seine::proxy
