// SPDX-License-Identifier: Apache-2.0
// Links, addresses and routes of one namespace: what a hub and its pods are made of, and what tells
// whether a range of ours collides with one of the host's.
//
// Names of links have 1 to 15 bytes (kMaxLinkName), as the kernel wants them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "netns/namespace.h"
#include "netns/netlink.h"

namespace seine::netns {

inline constexpr std::size_t kMaxLinkName = 15;

struct Link {
  int index = 0;
  std::string name;
  std::string kind;  // "bridge", "veth"; empty for loopback and hardware
  int master = 0;    // the bridge it is a port of; 0: none
  bool is_up = false;
};

struct LinkAddress {
  int link = 0;
  IpAddress ip;
  unsigned prefix = 0;
};

struct Route {
  enum class Kind : std::uint8_t { kUnicast, kLocal, kUnreachable, kOther };
  Kind kind = Kind::kUnicast;
  IpNet to;
  std::optional<IpAddress> via;
  int link = 0;  // 0: none, or several
  std::uint32_t table = 0;
};

// The new link's index. A bridge without spanning tree forwards from the first packet on.
Result<int> add_bridge(Netlink& netlink, std::string_view name);
// Both ends of a pair in one step: `name` here, `peer_name` in `peer_namespace`. Ends when either
// namespace does. The index is that of the end here.
Result<int> add_veth(Netlink& netlink, std::string_view name, std::string_view peer_name,
                     const NetworkNamespace& peer_namespace);
Result<int> link_index(Netlink& netlink, std::string_view name);
Result<void> set_up(Netlink& netlink, int link);
Result<void> set_master(Netlink& netlink, int link, int bridge);
Result<void> delete_link(Netlink& netlink, int link);

// Usable at once: IPv6 addresses of ours are unique by allocation, so none is probed for.
Result<void> add_address(Netlink& netlink, int link, const IpAddress& ip, unsigned prefix);
Result<void> add_route(Netlink& netlink, const IpNet& to, const IpAddress& via, int link);
// Whoever sends there hears so at once.
Result<void> add_unreachable_route(Netlink& netlink, const IpNet& to);

Result<std::vector<Link>> list_links(Netlink& netlink);
Result<std::vector<LinkAddress>> list_addresses(Netlink& netlink);
// Of all tables, both families, without multicast.
Result<std::vector<Route>> list_routes(Netlink& netlink);
// Whether packets to `ip` would be delivered in this namespace itself: loopback, or an address of
// one of its links. Error kConnect with the errno where there is no way to `ip`.
Result<bool> is_own_address(Netlink& netlink, const IpAddress& ip);

}  // namespace seine::netns
