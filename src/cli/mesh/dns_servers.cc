// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/dns_servers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dns/system_config.h"

namespace seine::cli {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kMaxServers = 2;

Result<SocketAddr> parse_server(std::string_view text) {
  if (const auto ip = IpAddress::parse(text)) return SocketAddr{*ip, kDnsPort};
  return SocketAddr::parse(text);
}

Result<std::vector<SocketAddr>> system_servers(std::string_view resolv_conf) {
  std::vector<SocketAddr> servers = dns::parse_resolv_conf(resolv_conf).servers;
  if (servers.size() > kMaxServers) servers.resize(kMaxServers);
  if (!servers.empty()) return servers;
  return fail(ErrorCode::kInvalidConfig,
              "--dns-forward system: /etc/resolv.conf names no server; name one, as 10.0.0.2");
}

}  // namespace

Result<std::vector<SocketAddr>> parse_dns_servers(std::string_view text,
                                                  std::string_view resolv_conf) {
  if (text == "system") return system_servers(resolv_conf);
  std::vector<SocketAddr> out;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto server = parse_server(one);
    if (!server) {
      return fail(ErrorCode::kInvalidConfig,
                  "--dns-forward " + std::string(one) +
                      ": expected system, or addresses such as 10.0.0.2 or 10.0.0.2:5353");
    }
    out.push_back(*server);
  }
  if (out.size() > kMaxServers) {
    return fail(ErrorCode::kInvalidConfig, "--dns-forward: takes at most two servers");
  }
  return out;
}

}  // namespace seine::cli
