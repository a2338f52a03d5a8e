// SPDX-License-Identifier: Apache-2.0
// "host:port" as in :authority, Host and destination paths.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/net.h"
#include "base/result.h"

namespace seine::model {

struct Authority {
  // A DNS name in lower case without a trailing dot, or an IP address without brackets.
  std::string host;
  std::optional<std::uint16_t> port;

  // "web.shop:80", "web", "10.0.0.1:80", "[::1]:80". Error kInvalidArgument; user names, paths
  // and names over 253 bytes are refused.
  static Result<Authority> parse(std::string_view text);

  std::uint16_t port_or(std::uint16_t fallback) const { return port.value_or(fallback); }
  // The address, if the host is one.
  std::optional<IpAddress> ip() const;
  // The form parse reads, brackets included; without a port if there is none.
  std::string to_string() const;

  friend auto operator<=>(const Authority&, const Authority&) = default;
};

// 443 for "https", else 80.
std::uint16_t default_port(std::string_view scheme);

}  // namespace seine::model
