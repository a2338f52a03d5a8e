// SPDX-License-Identifier: Apache-2.0
#include "netns/links.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace seine::netns {

namespace {

std::uint8_t family_of(const IpAddress& ip) {
  return ip.is_v4() ? AF_INET : AF_INET6;
}

std::optional<IpAddress> read_address(const nlattr* attribute) {
  if (attribute == nullptr) return std::nullopt;
  const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
  const std::size_t size = mnl_attr_get_payload_len(attribute);
  if (size == 4) {
    std::array<std::uint8_t, 4> v4;
    memcpy(v4.data(), bytes, v4.size());
    return IpAddress::v4(v4);
  }
  if (size != 16) return std::nullopt;
  std::array<std::uint8_t, 16> v6;
  memcpy(v6.data(), bytes, v6.size());
  return IpAddress::v6(v6);
}

// The attributes of a message by type; those above kLast are passed over.
class Attributes {
 public:
  static constexpr std::size_t kLast = 64;

  Attributes(const nlmsghdr& message, std::size_t header) {
    mnl_attr_parse(&message, static_cast<unsigned>(header), on_attribute, this);
  }
  explicit Attributes(const nlattr* nest) { mnl_attr_parse_nested(nest, on_attribute, this); }

  const nlattr* get(std::size_t type) const { return found_[type]; }
  std::uint32_t number(std::size_t type) const {
    const nlattr* attribute = found_[type];
    return attribute != nullptr && mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0
               ? mnl_attr_get_u32(attribute)
               : 0;
  }
  std::string text(std::size_t type) const {
    const nlattr* attribute = found_[type];
    return attribute != nullptr && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0
               ? mnl_attr_get_str(attribute)
               : "";
  }

 private:
  static int on_attribute(const nlattr* attribute, void* self) {
    const std::size_t type = mnl_attr_get_type(attribute);
    if (type <= kLast) static_cast<Attributes*>(self)->found_[type] = attribute;
    return MNL_CB_OK;
  }
  std::array<const nlattr*, kLast + 1> found_{};
};

Result<void> check_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxLinkName) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + std::string(name) + "' is no name for a link: 1 to 15 bytes are allowed");
  }
  return {};
}

template <class Header>
NetlinkRequest dump_request(std::uint16_t type) {
  NetlinkRequest request(type, NLM_F_DUMP);
  request.header<Header>();
  return request;
}

Link read_link(const nlmsghdr& message) {
  const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  const Attributes attributes(message, sizeof *header);
  Link link{.index = header->ifi_index,
            .name = attributes.text(IFLA_IFNAME),
            .kind = {},
            .master = static_cast<int>(attributes.number(IFLA_MASTER)),
            .is_up = (header->ifi_flags & IFF_UP) != 0};
  if (const nlattr* info = attributes.get(IFLA_LINKINFO)) {
    link.kind = Attributes(info).text(IFLA_INFO_KIND);
  }
  return link;
}

std::optional<Route> read_route(const nlmsghdr& message) {
  const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
  if (header->rtm_family != AF_INET && header->rtm_family != AF_INET6) return std::nullopt;
  if (header->rtm_type == RTN_MULTICAST || (header->rtm_flags & RTM_F_CLONED) != 0) {
    return std::nullopt;
  }
  const Attributes attributes(message, sizeof *header);
  const IpAddress any =
      header->rtm_family == AF_INET ? IpAddress() : IpAddress::v6(std::array<std::uint8_t, 16>{});
  const Result<IpNet> to =
      IpNet::make(read_address(attributes.get(RTA_DST)).value_or(any), header->rtm_dst_len);
  if (!to) return std::nullopt;
  Route route{.kind = Route::Kind::kOther,
              .to = *to,
              .via = read_address(attributes.get(RTA_GATEWAY)),
              .link = static_cast<int>(attributes.number(RTA_OIF)),
              .table = attributes.number(RTA_TABLE)};
  if (header->rtm_type == RTN_UNICAST) route.kind = Route::Kind::kUnicast;
  if (header->rtm_type == RTN_LOCAL) route.kind = Route::Kind::kLocal;
  if (header->rtm_type == RTN_UNREACHABLE) route.kind = Route::Kind::kUnreachable;
  return route;
}

void put_route(NetlinkRequest& request, const IpNet& to, std::uint8_t type) {
  auto& header = request.header<rtmsg>();
  header.rtm_family = family_of(to.address());
  header.rtm_dst_len = static_cast<std::uint8_t>(to.prefix());
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = type;
  if (to.prefix() > 0) request.put(RTA_DST, to.address());
}

}  // namespace

Result<int> add_bridge(Netlink& netlink, std::string_view name) {
  if (Result<void> checked = check_name(name); !checked) return fail(checked.error());
  NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.header<ifinfomsg>();
  request.put(IFLA_IFNAME, name);
  nlattr* info = request.open_nest(IFLA_LINKINFO);
  request.put(IFLA_INFO_KIND, "bridge");
  request.close_nest(info);
  Result<void> made = netlink.ask(request, "make the bridge " + std::string(name));
  if (!made) return fail(made.error());
  return link_index(netlink, name);
}

Result<int> add_veth(Netlink& netlink, std::string_view name, std::string_view peer_name,
                     const NetworkNamespace& peer_namespace) {
  for (const std::string_view one : {name, peer_name}) {
    if (Result<void> checked = check_name(one); !checked) return fail(checked.error());
  }
  NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.header<ifinfomsg>();
  request.put(IFLA_IFNAME, name);
  nlattr* info = request.open_nest(IFLA_LINKINFO);
  request.put(IFLA_INFO_KIND, "veth");
  nlattr* data = request.open_nest(IFLA_INFO_DATA);
  nlattr* peer = request.open_nest(VETH_INFO_PEER);
  request.put_nested_header<ifinfomsg>();
  request.put(IFLA_IFNAME, peer_name);
  request.put(IFLA_NET_NS_FD, static_cast<std::uint32_t>(peer_namespace.fd()));
  request.close_nest(peer);
  request.close_nest(data);
  request.close_nest(info);
  Result<void> made = netlink.ask(request, "make the link " + std::string(name));
  if (!made) return fail(made.error());
  return link_index(netlink, name);
}

Result<int> link_index(Netlink& netlink, std::string_view name) {
  if (Result<void> checked = check_name(name); !checked) return fail(checked.error());
  NetlinkRequest request(RTM_GETLINK, 0);
  request.header<ifinfomsg>();
  request.put(IFLA_IFNAME, name);
  int index = 0;
  Result<void> asked =
      netlink.ask_for(request, "find the link " + std::string(name),
                      [&](const nlmsghdr& answer) { index = read_link(answer).index; });
  if (!asked && asked.error().cause_code == ENODEV) {
    return fail_errno(ErrorCode::kNotFound, ENODEV, "there is no link " + std::string(name));
  }
  if (!asked) return fail(asked.error());
  return index;
}

Result<void> set_up(Netlink& netlink, int link) {
  NetlinkRequest request(RTM_NEWLINK, 0);
  auto& header = request.header<ifinfomsg>();
  header.ifi_index = link;
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  return netlink.ask(request, "bring up link " + std::to_string(link));
}

Result<void> set_master(Netlink& netlink, int link, int bridge) {
  NetlinkRequest request(RTM_NEWLINK, 0);
  request.header<ifinfomsg>().ifi_index = link;
  request.put(IFLA_MASTER, static_cast<std::uint32_t>(bridge));
  return netlink.ask(request, "make link " + std::to_string(link) + " a port of the bridge");
}

Result<void> delete_link(Netlink& netlink, int link) {
  NetlinkRequest request(RTM_DELLINK, 0);
  request.header<ifinfomsg>().ifi_index = link;
  return netlink.ask(request, "delete link " + std::to_string(link));
}

Result<void> add_address(Netlink& netlink, int link, const IpAddress& ip, unsigned prefix) {
  NetlinkRequest request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  auto& header = request.header<ifaddrmsg>();
  header.ifa_family = family_of(ip);
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix);
  header.ifa_index = static_cast<std::uint32_t>(link);
  header.ifa_flags = ip.is_v6() ? IFA_F_NODAD : 0;
  request.put(IFA_LOCAL, ip);
  request.put(IFA_ADDRESS, ip);
  return netlink.ask(request, "add the address " + ip.to_string());
}

Result<void> add_route(Netlink& netlink, const IpNet& to, const IpAddress& via, int link) {
  NetlinkRequest request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  put_route(request, to, RTN_UNICAST);
  request.put(RTA_GATEWAY, via);
  request.put(RTA_OIF, static_cast<std::uint32_t>(link));
  return netlink.ask(request, "add the route to " + to.to_string() + " by " + via.to_string());
}

Result<void> add_unreachable_route(Netlink& netlink, const IpNet& to) {
  NetlinkRequest request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  put_route(request, to, RTN_UNREACHABLE);
  return netlink.ask(request, "make " + to.to_string() + " unreachable");
}

Result<std::vector<Link>> list_links(Netlink& netlink) {
  std::vector<Link> links;
  NetlinkRequest request = dump_request<ifinfomsg>(RTM_GETLINK);
  Result<void> listed = netlink.ask_for(request, "list the links", [&](const nlmsghdr& answer) {
    links.push_back(read_link(answer));
  });
  if (!listed) return fail(listed.error());
  return links;
}

Result<std::vector<LinkAddress>> list_addresses(Netlink& netlink) {
  std::vector<LinkAddress> addresses;
  NetlinkRequest request = dump_request<ifaddrmsg>(RTM_GETADDR);
  Result<void> listed = netlink.ask_for(request, "list the addresses", [&](const nlmsghdr& one) {
    const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&one));
    const Attributes attributes(one, sizeof *header);
    // On a point-to-point link IFA_ADDRESS is the other end's.
    const nlattr* own = attributes.get(IFA_LOCAL);
    if (own == nullptr) own = attributes.get(IFA_ADDRESS);
    if (const auto ip = read_address(own)) {
      addresses.push_back({static_cast<int>(header->ifa_index), *ip, header->ifa_prefixlen});
    }
  });
  if (!listed) return fail(listed.error());
  return addresses;
}

Result<std::vector<Route>> list_routes(Netlink& netlink) {
  std::vector<Route> routes;
  NetlinkRequest request = dump_request<rtmsg>(RTM_GETROUTE);
  Result<void> listed = netlink.ask_for(request, "list the routes", [&](const nlmsghdr& answer) {
    if (const std::optional<Route> route = read_route(answer)) routes.push_back(*route);
  });
  if (!listed) return fail(listed.error());
  return routes;
}

Result<bool> is_own_address(Netlink& netlink, const IpAddress& ip) {
  NetlinkRequest request(RTM_GETROUTE, 0);
  auto& header = request.header<rtmsg>();
  header.rtm_family = family_of(ip);
  header.rtm_dst_len = static_cast<std::uint8_t>(ip.width());
  request.put(RTA_DST, ip);
  bool own = false;
  Result<void> asked =
      netlink.ask_for(request, "find the way to " + ip.to_string(), [&](const nlmsghdr& answer) {
        const auto* found = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&answer));
        own = found->rtm_type == RTN_LOCAL;
      });
  if (!asked) {
    Error error = asked.error();
    error.code = ErrorCode::kConnect;
    return fail(std::move(error));
  }
  return own;
}

}  // namespace seine::netns
