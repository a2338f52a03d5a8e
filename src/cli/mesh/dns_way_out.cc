// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/dns_way_out.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dns/zone.h"

namespace seine::cli {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kMaxServers = 2;

Result<SocketAddr> parse_server(std::string_view text) {
  if (const auto ip = IpAddress::parse(text)) return SocketAddr{*ip, kDnsPort};
  return SocketAddr::parse(text);
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

// resolv.conf(5): the first ones count, and an address with a zone ("fe80::1%eth0") is of no use
// to us.
std::vector<SocketAddr> system_servers(std::string_view resolv_conf) {
  std::vector<SocketAddr> out;
  while (!resolv_conf.empty() && out.size() < kMaxServers) {
    std::string_view line = resolv_conf.substr(0, resolv_conf.find('\n'));
    resolv_conf.remove_prefix(std::min(line.size() + 1, resolv_conf.size()));
    if (next_word(line) != "nameserver") continue;
    if (const auto ip = IpAddress::parse(next_word(line))) out.push_back({*ip, kDnsPort});
  }
  return out;
}

}  // namespace

Result<std::vector<SocketAddr>> parse_dns_servers(std::string_view text,
                                                  std::string_view resolv_conf) {
  if (text == "system") {
    auto servers = system_servers(resolv_conf);
    if (!servers.empty()) return servers;
    return fail(ErrorCode::kInvalidConfig,
                "--dns-forward system: /etc/resolv.conf names no server; name one, as 10.0.0.2");
  }
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

Result<std::unique_ptr<DnsWayOut>> DnsWayOut::open(runtime::EventLoop& loop,
                                                   const netns::NetworkNamespace& hub,
                                                   const SocketAddr& at,
                                                   std::vector<SocketAddr> servers) {
  // Of its own names there are none: who asks has looked for the mesh's already.
  const auto domain = dns::Name::from_text("seine.internal");
  if (!domain) return fail(domain.error());
  auto zone = dns::Zone::make(
      {.cluster_domain = *domain, .serial = 1, .reverse_ranges = {}, .host = {}, .services = {}});
  if (!zone) return fail(std::move(zone.error()));
  std::unique_ptr<DnsWayOut> way(new DnsWayOut(loop, std::move(servers)));
  auto server = hub.run([&]() -> Result<std::unique_ptr<dns::Server>> {
    return dns::Server::listen(
        {.loop = loop, .clients = *way, .counters = way->counters_, .forwarder = &way->forwarder_},
        at, *zone, {});
  });
  if (!server) return fail(std::move(server.error()));
  way->server_ = *std::move(server);
  return way;
}

}  // namespace seine::cli
