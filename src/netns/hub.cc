// SPDX-License-Identifier: Apache-2.0
#include "netns/hub.h"

#include <errno.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "netns/address_wait.h"
#include "netns/links.h"

namespace seine::netns {

namespace {

constexpr std::string_view kBridge = "mesh0";
constexpr std::string_view kPodLink = "eth0";
constexpr std::string_view kPortPrefix = "pod";
constexpr Duration kLinkDeadline = std::chrono::seconds(5);

IpNet everything(const IpAddress& of_family) {
  return IpNet::make(of_family, 0).value();
}

// A bridge without ports has no carrier, and without one its IPv6 address does not work: a pair of
// links between the hub and itself keeps it up.
Result<void> anchor(Netlink& netlink, const NetworkNamespace& hub, int bridge) {
  const Result<int> port = add_veth(netlink, "anchor0", "anchor1", hub);
  if (!port) return fail(port.error());
  const Result<int> peer = link_index(netlink, "anchor1");
  if (!peer) return fail(peer.error());
  if (Result<void> set = set_master(netlink, *port, bridge); !set) return set;
  if (Result<void> up = set_up(netlink, *port); !up) return up;
  return set_up(netlink, *peer);
}

struct OwnAddress {
  IpAddress ip;
  unsigned prefix;
};

// Returns when the addresses work, which takes the link being up.
Result<void> give_addresses(Netlink& netlink, const NetworkNamespace& inside, int link,
                            const std::vector<OwnAddress>& addresses) {
  for (const OwnAddress& one : addresses) {
    if (Result<void> added = add_address(netlink, link, one.ip, one.prefix); !added) return added;
  }
  if (Result<void> up = set_up(netlink, link); !up) return up;
  for (const OwnAddress& one : addresses) {
    if (Result<void> works = wait_for_address(inside, one.ip, kLinkDeadline); !works) return works;
  }
  return {};
}

Result<void> connect_pod(const NetworkNamespace& hub, const NetworkNamespace& inside,
                         const AddressPlan& plan, const PodNetwork& pod) {
  Result<Netlink> in_hub = Netlink::open(hub);
  if (!in_hub) return fail(in_hub.error());
  Result<Netlink> in_pod = Netlink::open(inside);
  if (!in_pod) return fail(in_pod.error());
  const Result<int> bridge = link_index(*in_hub, kBridge);
  if (!bridge) return fail(bridge.error());
  const Result<int> port = add_veth(*in_hub, port_name(pod.ip), kPodLink, inside);
  if (!port && port.error().cause_code == EEXIST) {
    return fail(ErrorCode::kInvalidArgument, pod.ip.to_string() + " belongs to another pod");
  }
  if (!port) return fail(port.error());
  if (Result<void> set = set_master(*in_hub, *port, *bridge); !set) return set;
  if (Result<void> up = set_up(*in_hub, *port); !up) return up;

  const Result<int> link = link_index(*in_pod, kPodLink);
  if (!link) return fail(link.error());
  std::vector<OwnAddress> addresses = {{pod.ip, plan.pods.prefix()}};
  if (pod.ip_v6) addresses.push_back({*pod.ip_v6, plan.pods_v6->prefix()});
  if (Result<void> given = give_addresses(*in_pod, inside, *link, addresses); !given) return given;
  // A connection to anywhere needs a way there before it can be redirected.
  if (Result<void> way = add_route(*in_pod, everything(pod.ip), plan.hub(), *link); !way) {
    return way;
  }
  if (!pod.ip_v6) return {};
  return add_route(*in_pod, everything(*pod.ip_v6), *plan.hub_v6(), *link);
}

}  // namespace

Result<NetworkNamespace> create_hub(const AddressPlan& plan) {
  Result<NetworkNamespace> hub = NetworkNamespace::create();
  if (!hub) return hub;
  Result<Netlink> netlink = Netlink::open(*hub);
  if (!netlink) return fail(netlink.error());
  const Result<int> bridge = add_bridge(*netlink, kBridge);
  if (!bridge) return fail(bridge.error());
  std::vector<OwnAddress> addresses = {{plan.hub(), plan.pods.prefix()}};
  if (plan.pods_v6) {
    if (Result<void> held = anchor(*netlink, *hub, *bridge); !held) return fail(held.error());
    addresses.push_back({*plan.hub_v6(), plan.pods_v6->prefix()});
  }
  Result<void> given = give_addresses(*netlink, *hub, *bridge, addresses);
  if (!given) return fail(given.error());
  return hub;
}

Result<NetworkNamespace> create_pod(const NetworkNamespace& hub, const AddressPlan& plan,
                                    const PodNetwork& pod) {
  const bool v6_fits = !pod.ip_v6 || (plan.pods_v6 && plan.pods_v6->contains(*pod.ip_v6));
  if (!plan.pods.contains(pod.ip) || pod.ip == plan.hub() || !v6_fits) {
    return fail(ErrorCode::kInvalidArgument,
                pod.ip.to_string() + " is no address for a pod of " + plan.pods.to_string());
  }
  Result<NetworkNamespace> inside = NetworkNamespace::create();
  if (!inside) return inside;
  const PodRules rules{.proxy = pod.proxy,
                       .ports = pod.ports,
                       .mesh = plan.pods,
                       .mesh_v6 = pod.ip_v6 ? plan.pods_v6 : std::nullopt,
                       .dns = plan.hub()};
  if (Result<void> applied = apply_pod_rules(*inside, rules); !applied) {
    return fail(applied.error());
  }
  if (Result<void> joined = connect_pod(hub, *inside, plan, pod); !joined) {
    return fail(joined.error());
  }
  return inside;
}

std::string port_name(const IpAddress& ip) {
  return fmt::format("{}{:08x}", kPortPrefix, ip.v4_value());
}

Result<std::vector<std::string>> remove_other_ports(const NetworkNamespace& hub,
                                                    const std::set<IpAddress>& living) {
  std::set<std::string> kept;
  for (const IpAddress& ip : living) kept.insert(port_name(ip));
  Result<Netlink> netlink = Netlink::open(hub);
  if (!netlink) return fail(netlink.error());
  const Result<std::vector<Link>> links = list_links(*netlink);
  if (!links) return fail(links.error());
  std::vector<std::string> removed;
  for (const Link& link : *links) {
    if (link.kind != "veth" || !link.name.starts_with(kPortPrefix) || kept.contains(link.name)) {
      continue;
    }
    // ENODEV: it went by itself in the meantime.
    if (Result<void> gone = delete_link(*netlink, link.index); !gone) {
      if (gone.error().cause_code != ENODEV) return fail(gone.error());
      continue;
    }
    removed.push_back(link.name);
  }
  return removed;
}

}  // namespace seine::netns
