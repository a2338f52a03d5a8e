// SPDX-License-Identifier: Apache-2.0
#include "netns/egress_policy.h"

#include <algorithm>
#include <array>
#include <string>

namespace seine::netns {

namespace {

struct Refused {
  std::string_view net;
  std::string_view why;
};

// IANA's special-purpose registries, and where clouds keep a machine's credentials. IPv4 in its
// IPv6 disguises (mapped, compatible, NAT64, 6to4) is looked at as IPv4 below or refused here.
constexpr std::array<Refused, 14> kRefused = {{
    {"0.0.0.0/8", "is no address of a host"},
    {"169.254.0.0/16", "is link-local, where clouds serve a machine's credentials"},
    {"100.100.100.200/32", "serves a machine's credentials in a cloud"},
    {"168.63.129.16/32", "serves a machine's credentials in a cloud"},
    {"192.0.0.192/32", "serves a machine's credentials in a cloud"},
    {"224.0.0.0/4", "is multicast"},
    {"255.255.255.255/32", "is broadcast"},
    {"::/96", "is no address of a host"},
    {"64:ff9b::/96", "is IPv4 in disguise"},
    {"2002::/16", "is IPv4 in disguise"},
    {"fd00:ec2::254/128", "serves a machine's credentials in a cloud"},
    {"fd20:ce::254/128", "serves a machine's credentials in a cloud"},
    {"fe80::/10", "is link-local"},
    {"ff00::/8", "is multicast"},
}};

std::unexpected<Error> refuse(const SocketAddr& to, std::string_view why) {
  return fail(ErrorCode::kUnauthorized, to.to_string() + " " + std::string(why));
}

std::vector<SocketAddr> loopback(std::uint16_t port) {
  std::array<std::uint8_t, 16> v6{};
  v6[15] = 1;
  return {{IpAddress::v4(0x7f000001), port}, {IpAddress::v6(v6), port}};
}

}  // namespace

Result<std::vector<SocketAddr>> egress_targets(const EgressPolicy& policy, const SocketAddr& to,
                                               const OwnAddressTest& is_own) {
  const SocketAddr target{to.ip.unmapped(), to.port};
  const bool port_is_open = policy.host_ports.contains(target.port);
  if (policy.host_alias == target.ip) {
    if (port_is_open) return loopback(target.port);
    return refuse(target, "is a port of this machine that was not opened with --host-port");
  }
  if (target.ip.is_loopback() || (!target.ip.is_unspecified() && is_own(target.ip))) {
    if (port_is_open) return std::vector<SocketAddr>{target};
    return refuse(target, "is this machine itself, and its port was not opened with --host-port");
  }
  for (const Refused& one : kRefused) {
    if (IpNet::parse(one.net)->contains(target.ip)) return refuse(target, one.why);
  }
  const bool meshed =
      std::ranges::any_of(policy.mesh, [&](const IpNet& net) { return net.contains(target.ip); });
  if (meshed) return refuse(target, "is an address of the mesh, and nobody has it");
  return std::vector<SocketAddr>{target};
}

}  // namespace seine::netns
