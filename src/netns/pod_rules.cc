// SPDX-License-Identifier: Apache-2.0
#include "netns/pod_rules.h"

#include <fmt/format.h>

#include "netns/nft.h"

namespace seine::netns {

namespace {

// The order of the rules in `leave` matters. The egress relay is for the proxy alone. A redirected
// connection still shows the link it would have left by, hence `ct status dnat`. A program that
// listens on one of the proxy's ports would be reached without the proxy: its SYN-ACK, the one
// packet such a connection cannot do without, is dropped before anything else is looked at.
// Protocols are numbers (ICMP 1, TCP 6, ICMPv6 58): nft looks names up in /etc/protocols, and a
// small system has none.
constexpr std::string_view kRules = R"(table inet seine
delete table inet seine
table inet seine {{
  chain capture_out {{
    type nat hook output priority -100; policy accept;
    oifname "lo" accept
    {proxy} accept
    ip daddr {dns} tcp dport 53 accept
    {capture_v6}meta l4proto 6 redirect to :{outbound}
  }}
  chain capture_in {{
    type nat hook prerouting priority -100; policy accept;
    iifname "lo" accept
    tcp dport {{ {direct} }} accept
    meta l4proto 6 redirect to :{inbound}
  }}
  chain leave {{
    type filter hook output priority filter; policy drop;
    {not_proxy} ip daddr {egress} tcp flags & (syn | ack) == syn reject with tcp reset
    oifname "lo" accept
    {not_proxy} tcp sport {{ {outbound}, {direct} }} tcp flags & (syn | ack) == syn | ack drop
    ct state established,related accept
    ct status dnat accept
    {proxy} ip daddr {mesh} accept
    {leave_v6}ip daddr {dns} udp dport 53 accept
    ip daddr {dns} tcp dport 53 accept
    meta l4proto 6 reject with tcp reset
    reject with icmpx admin-prohibited
  }}
  chain enter {{
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    tcp dport {{ {direct} }} accept
    ip protocol 1 accept
    {enter_v6}reject with icmpx port-unreachable
  }}
  chain pass {{
    type filter hook forward priority filter; policy drop;
  }}
}}
)";

}  // namespace

std::string render_pod_rules(const PodRules& rules) {
  const bool by_uid = rules.proxy.kind == ProxySign::Kind::kUid;
  const std::string proxy = by_uid ? fmt::format("meta skuid {}", rules.proxy.value)
                                   : fmt::format("meta mark {:#x}", rules.proxy.value);
  const std::string not_proxy = by_uid ? fmt::format("meta skuid != {}", rules.proxy.value)
                                       : fmt::format("meta mark != {:#x}", rules.proxy.value);
  const ProxyPorts& ports = rules.ports;
  const std::string_view egress = kEgressRelayAddress.substr(0, kEgressRelayAddress.find(':'));
  // Without neighbour discovery there is no IPv6 on a link.
  const std::string leave_v6 =
      rules.mesh_v6 ? fmt::format("{} ip6 daddr {} accept\n    meta l4proto 58 accept\n    ", proxy,
                                  rules.mesh_v6->to_string())
                    : "";
  return fmt::format(
      kRules, fmt::arg("proxy", proxy), fmt::arg("not_proxy", not_proxy),
      fmt::arg("egress", egress), fmt::arg("dns", rules.dns.to_string()),
      fmt::arg("mesh", rules.mesh.to_string()), fmt::arg("outbound", ports.outbound),
      fmt::arg("inbound", ports.inbound),
      fmt::arg("direct", fmt::format("{}, {}, {}", ports.inbound, ports.tap, ports.admin)),
      fmt::arg("capture_v6", rules.mesh_v6 ? "" : "meta nfproto ipv6 accept\n    "),
      fmt::arg("leave_v6", leave_v6),
      fmt::arg("enter_v6", rules.mesh_v6 ? "meta l4proto 58 accept\n    " : ""));
}

Result<void> apply_pod_rules(const NetworkNamespace& pod, const PodRules& rules) {
  const Result<std::string> applied = run_nft(pod, render_pod_rules(rules));
  if (!applied) return fail(applied.error());
  return {};
}

}  // namespace seine::netns
