// SPDX-License-Identifier: Apache-2.0
#include "netns/links.h"

#include <sys/socket.h>

#include <algorithm>

#include "netns/address_wait.h"
#include "netns/testing/kernel_test.h"
#include "runtime/sockaddr.h"

namespace seine::netns {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
IpNet net(std::string_view text) {
  return IpNet::parse(text).value();
}

// Two namespaces joined by a bridge in the first, as a hub and one pod are.
struct Pair {
  NetworkNamespace hub = NetworkNamespace::create().value();
  NetworkNamespace pod = NetworkNamespace::create().value();
  Netlink in_hub = Netlink::open(hub).value();
  Netlink in_pod = Netlink::open(pod).value();
  int bridge = add_bridge(in_hub, "mesh0").value();
  int port = add_veth(in_hub, "port1", "eth0", pod).value();
  int pod_link = link_index(in_pod, "eth0").value();

  Result<void> join() {
    for (const Result<void>& step :
         {add_address(in_hub, bridge, ip("100.96.0.1"), 16),
          add_address(in_hub, bridge, ip("fd00:5e:1::1"), 64), set_up(in_hub, bridge),
          set_master(in_hub, port, bridge), set_up(in_hub, port),
          add_address(in_pod, pod_link, ip("100.96.0.2"), 16),
          add_address(in_pod, pod_link, ip("fd00:5e:1::2"), 64), set_up(in_pod, pod_link)}) {
      if (!step) return step;
    }
    for (const char* at : {"fd00:5e:1::1", "fd00:5e:1::2"}) {
      const NetworkNamespace& of = at == std::string_view("fd00:5e:1::1") ? hub : pod;
      if (Result<void> up = wait_for_address(of, ip(at), std::chrono::seconds(5)); !up) return up;
    }
    return {};
  }
};

// 0, or the errno.
int dial(const NetworkNamespace& from, const SocketAddr& to) {
  return from
      .run([&]() -> Result<int> {
        const Descriptor socket(::socket(to.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0));
        sockaddr_storage address;
        const socklen_t size = runtime::to_sockaddr(to, address);
        return connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 ? 0 : errno;
      })
      .value();
}

class LinksKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(LinksKernel);

TEST_P(LinksKernel, a_pod_reaches_the_hub_over_the_bridge_by_both_families) {
  run([] {
    Pair pair;
    const Result<void> joined = pair.join();
    ASSERT_TRUE(joined) << joined.error().to_string();
    for (const char* at : {"100.96.0.1:8086", "[fd00:5e:1::1]:8086"}) {
      const SocketAddr addr = SocketAddr::parse(at).value();
      EXPECT_EQ(dial(pair.pod, addr), ECONNREFUSED) << at;
      const auto listener = pair.hub.tcp_listener(addr);
      ASSERT_TRUE(listener) << listener.error().to_string();
      EXPECT_EQ(dial(pair.pod, addr), 0) << at;
    }
  });
}

TEST_P(LinksKernel, waiting_for_an_address_that_nobody_has_ends) {
  run([] {
    Pair pair;
    const auto waited =
        wait_for_address(pair.pod, ip("fd00:5e:1::9"), std::chrono::milliseconds(20));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
  });
}

TEST_P(LinksKernel, lists_what_was_made) {
  run([] {
    Pair pair;
    ASSERT_TRUE(pair.join());
    const auto links = list_links(pair.in_hub).value();
    const auto port = std::ranges::find(links, "port1", &Link::name);
    ASSERT_NE(port, links.end());
    EXPECT_EQ(port->kind, "veth");
    EXPECT_EQ(port->master, pair.bridge);
    EXPECT_TRUE(port->is_up);
    EXPECT_EQ(std::ranges::find(links, "mesh0", &Link::name)->kind, "bridge");
    const auto addresses = list_addresses(pair.in_pod).value();
    const auto own = std::ranges::find(addresses, ip("100.96.0.2"), &LinkAddress::ip);
    ASSERT_NE(own, addresses.end());
    EXPECT_EQ(own->prefix, 16u);
    EXPECT_EQ(own->link, pair.pod_link);
  });
}

TEST_P(LinksKernel, routes_are_added_and_listed_with_their_kind) {
  run([] {
    Pair pair;
    ASSERT_TRUE(pair.join());
    ASSERT_TRUE(add_route(pair.in_pod, net("0.0.0.0/0"), ip("100.96.0.1"), pair.pod_link));
    ASSERT_TRUE(add_route(pair.in_pod, net("::/0"), ip("fd00:5e:1::1"), pair.pod_link));
    ASSERT_TRUE(add_unreachable_route(pair.in_pod, net("198.18.0.0/15")));
    const auto routes = list_routes(pair.in_pod).value();
    const auto find = [&](std::string_view to) {
      const auto found = std::ranges::find(routes, net(to), &Route::to);
      return found == routes.end() ? Route{.kind = Route::Kind::kOther, .to = {}, .via = {}}
                                   : *found;
    };
    EXPECT_EQ(find("0.0.0.0/0").via, ip("100.96.0.1"));
    EXPECT_EQ(find("0.0.0.0/0").link, pair.pod_link);
    EXPECT_EQ(find("::/0").via, ip("fd00:5e:1::1"));
    EXPECT_EQ(find("100.96.0.0/16").kind, Route::Kind::kUnicast);
    EXPECT_EQ(find("100.96.0.2/32").kind, Route::Kind::kLocal);
    EXPECT_EQ(find("198.18.0.0/15").kind, Route::Kind::kUnreachable);
    EXPECT_EQ(dial(pair.pod, SocketAddr::parse("198.18.0.1:80").value()), EHOSTUNREACH);
  });
}

TEST_P(LinksKernel, tells_addresses_of_its_own_from_others) {
  run([] {
    Pair pair;
    ASSERT_TRUE(pair.join());
    for (const char* own : {"127.0.0.1", "127.9.9.9", "::1", "100.96.0.1", "fd00:5e:1::1"}) {
      EXPECT_EQ(is_own_address(pair.in_hub, ip(own)), true) << own;
    }
    EXPECT_EQ(is_own_address(pair.in_hub, ip("100.96.0.2")), false);
    const auto nowhere = is_own_address(pair.in_hub, ip("192.0.2.1"));
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, ErrorCode::kConnect);
    EXPECT_EQ(nowhere.error().cause_code, ENETUNREACH);
  });
}

TEST_P(LinksKernel, the_hubs_end_goes_with_the_pod_and_can_be_deleted) {
  run([] {
    Pair pair;
    ASSERT_TRUE(delete_link(pair.in_hub, pair.port));
    EXPECT_EQ(link_index(pair.in_hub, "port1").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(link_index(pair.in_pod, "eth0").error().code, ErrorCode::kNotFound);
  });
}

TEST_P(LinksKernel, errors_name_the_link_and_the_kernels_reason) {
  run([] {
    Pair pair;
    const auto twice = add_bridge(pair.in_hub, "mesh0");
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().cause_code, EEXIST);
    EXPECT_NE(twice.error().message.find("mesh0"), std::string::npos);
    EXPECT_EQ(add_bridge(pair.in_hub, "").error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(add_bridge(pair.in_hub, "a-name-of-16-byte").error().code,
              ErrorCode::kInvalidArgument);
    EXPECT_FALSE(add_route(pair.in_hub, net("10.0.0.0/8"), ip("192.0.2.1"), pair.bridge));
  });
}

TEST(Links, without_a_privilege_the_missing_one_is_named) {
  testing::run_in_child(testing::Privilege::kRoot, [] {
    testing::become_ordinary_user();
    auto netlink = Netlink::open();
    ASSERT_TRUE(netlink);
    EXPECT_TRUE(list_links(*netlink));
    const auto refused = add_bridge(*netlink, "mesh0");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(refused.error().message.find("CAP_NET_ADMIN"), std::string::npos);
  });
}

}  // namespace
}  // namespace seine::netns
