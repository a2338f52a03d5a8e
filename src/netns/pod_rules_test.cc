// SPDX-License-Identifier: Apache-2.0
#include "netns/pod_rules.h"

#include <errno.h>

#include "netns/address_wait.h"
#include "netns/hub.h"
#include "netns/links.h"
#include "netns/nft.h"
#include "netns/testing/kernel_test.h"
#include "netns/testing/sockets.h"

namespace seine::netns {
namespace {

using testing::ask_udp;
using testing::dial;
using testing::Greeter;
using testing::Owner;

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
IpNet net(std::string_view text) {
  return IpNet::parse(text).value();
}

const AddressPlan kPlan{.pods = net("100.96.0.0/16"),
                        .services = net("100.97.0.0/16"),
                        .pods_v6 = net("fd00:5e1e::/64")};
constexpr Owner kProxy{.mark = kProxyMark};

PodNetwork pod_network(std::string_view v4, std::string_view v6) {
  PodNetwork pod{.ip = ip(v4), .ip_v6 = std::nullopt, .proxy = ProxySign::mark(kProxyMark)};
  if (!v6.empty()) pod.ip_v6 = ip(v6);
  return pod;
}

// A hub, one pod, and proxies that say which port they were met on and where the client meant to
// go.
struct Mesh {
  explicit Mesh(PodNetwork network = pod_network("100.96.0.2", "fd00:5e1e::2"))
      : pod(create_pod(hub, kPlan, network).value()) {}

  NetworkNamespace hub = create_hub(kPlan).value();
  NetworkNamespace pod;
};

TEST(PodRules, are_rendered_with_the_sign_of_the_proxy_and_the_networks) {
  PodRules rules{.proxy = ProxySign::uid(2102),
                 .ports = {},
                 .mesh = kPlan.pods,
                 .mesh_v6 = kPlan.pods_v6,
                 .dns = kPlan.hub()};
  const std::string by_uid = render_pod_rules(rules);
  EXPECT_NE(by_uid.find("meta skuid 2102 ip daddr 100.96.0.0/16 accept"), std::string::npos);
  EXPECT_NE(by_uid.find("meta skuid 2102 ip6 daddr fd00:5e1e::/64 accept"), std::string::npos);
  EXPECT_NE(by_uid.find("tcp dport { 4143, 4190, 4191 } accept"), std::string::npos);
  rules.proxy = ProxySign::mark(kProxyMark);
  rules.mesh_v6.reset();
  const std::string by_mark = render_pod_rules(rules);
  EXPECT_NE(by_mark.find("meta mark 0x5e1e accept"), std::string::npos);
  EXPECT_EQ(by_mark.find("ip6 daddr"), std::string::npos);
  EXPECT_EQ(by_mark.find("skuid"), std::string::npos);
}

class PodRulesKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(PodRulesKernel);

TEST_P(PodRulesKernel, tcp_to_anywhere_meets_the_proxy_which_learns_where_it_was_going) {
  run([] {
    const Mesh mesh;
    const Greeter v4(mesh.pod, "127.0.0.1:4140", "outbound", kProxy);
    const Greeter v6(mesh.pod, "[::1]:4140", "outbound", kProxy);
    const Greeter controller(mesh.hub, "100.96.0.1:8086", "controller");
    EXPECT_EQ(dial(mesh.pod, "192.0.2.1:80"), "outbound 192.0.2.1:80");
    EXPECT_EQ(dial(mesh.pod, "100.97.0.9:80"), "outbound 100.97.0.9:80");
    EXPECT_EQ(dial(mesh.pod, "100.96.0.1:8086"), "outbound 100.96.0.1:8086");
    EXPECT_EQ(dial(mesh.pod, "[2001:db8::1]:443"), "outbound [2001:db8::1]:443");
    EXPECT_EQ(dial(mesh.pod, "[fd00:5e1e::1]:8086"), "outbound [fd00:5e1e::1]:8086");
  });
}

TEST_P(PodRulesKernel, the_proxy_reaches_the_mesh_and_nothing_else) {
  run([] {
    const Mesh mesh;
    const Greeter outbound(mesh.pod, "127.0.0.1:4140", "outbound", kProxy);
    const Greeter v4(mesh.hub, "100.96.0.1:8086", "controller");
    const Greeter v6(mesh.hub, "[fd00:5e1e::1]:8086", "controller");
    EXPECT_EQ(dial(mesh.pod, "100.96.0.1:8086", kProxy), "controller 100.96.0.1:8086");
    EXPECT_EQ(dial(mesh.pod, "[fd00:5e1e::1]:8086", kProxy), "controller [fd00:5e1e::1]:8086");
    EXPECT_EQ(dial(mesh.pod, "192.0.2.1:80", kProxy), "ECONNREFUSED");
    EXPECT_EQ(dial(mesh.pod, "100.97.0.9:80", kProxy), "ECONNREFUSED");
    EXPECT_EQ(dial(mesh.pod, "[2001:db8::1]:443", kProxy), "ECONNREFUSED");
  });
}

TEST_P(PodRulesKernel, tcp_from_the_mesh_meets_the_proxy_save_on_its_own_ports) {
  run([] {
    const Mesh mesh;
    const Greeter v4(mesh.pod, "0.0.0.0:4143", "inbound", kProxy);
    const Greeter v6(mesh.pod, "[fd00:5e1e::2]:4143", "inbound", kProxy);
    const Greeter admin(mesh.pod, "0.0.0.0:4191", "admin", kProxy);
    const Greeter application(mesh.pod, "0.0.0.0:8080", "application");
    EXPECT_EQ(dial(mesh.hub, "100.96.0.2:8080"), "inbound 100.96.0.2:8080");
    EXPECT_EQ(dial(mesh.hub, "[fd00:5e1e::2]:8080"), "inbound [fd00:5e1e::2]:8080");
    EXPECT_EQ(dial(mesh.hub, "100.96.0.2:4143"), "inbound 100.96.0.2:4143");
    EXPECT_EQ(dial(mesh.hub, "100.96.0.2:4191"), "admin 100.96.0.2:4191");
    // What the proxy does next: its own connection to the application is left alone.
    EXPECT_EQ(dial(mesh.pod, "100.96.0.2:8080", kProxy), "application 100.96.0.2:8080");
  });
}

TEST_P(PodRulesKernel, loopback_is_left_alone) {
  run([] {
    const Mesh mesh;
    const Greeter outbound(mesh.pod, "127.0.0.1:4140", "outbound", kProxy);
    const Greeter application(mesh.pod, "127.0.0.1:8080", "application");
    const Greeter v6(mesh.pod, "[::1]:8080", "application");
    EXPECT_EQ(dial(mesh.pod, "127.0.0.1:8080"), "application 127.0.0.1:8080");
    EXPECT_EQ(dial(mesh.pod, "[::1]:8080"), "application [::1]:8080");
  });
}

TEST_P(PodRulesKernel, the_egress_relay_is_for_the_proxy_alone) {
  run([] {
    const Mesh mesh;
    const std::string at(kEgressRelayAddress);
    const Greeter relay(mesh.pod, at, "relay");
    const Greeter other(mesh.pod, "127.0.0.1:4145", "other");
    EXPECT_EQ(dial(mesh.pod, at, kProxy), "relay " + at);
    EXPECT_EQ(dial(mesh.pod, at), "ECONNREFUSED");
    EXPECT_EQ(dial(mesh.pod, "127.0.0.1:4145"), "other 127.0.0.1:4145");
  });
}

TEST_P(PodRulesKernel, udp_goes_to_the_hubs_dns_and_fails_at_once_elsewhere) {
  run([] {
    const Mesh mesh;
    const testing::UdpEcho dns(mesh.hub, "100.96.0.1:53");
    const testing::UdpEcho other(mesh.hub, "100.96.0.1:5353");
    const Greeter dns_tcp(mesh.hub, "100.96.0.1:53", "dns");
    EXPECT_EQ(ask_udp(mesh.pod, "100.96.0.1:53"), "ok");
    EXPECT_EQ(dial(mesh.pod, "100.96.0.1:53"), "dns 100.96.0.1:53");
    for (const char* elsewhere : {"100.96.0.1:5353", "192.0.2.1:53", "192.0.2.1:443",
                                  "[2001:db8::1]:443", "[fd00:5e1e::1]:53", "224.0.0.251:5353"}) {
      EXPECT_EQ(ask_udp(mesh.pod, elsewhere), "EPERM") << elsewhere;
    }
  });
}

TEST_P(PodRulesKernel, udp_from_the_mesh_is_refused) {
  run([] {
    const Mesh mesh;
    const testing::UdpEcho application(mesh.pod, "0.0.0.0:5000");
    EXPECT_EQ(ask_udp(mesh.hub, "100.96.0.2:5000"), "ECONNREFUSED");
  });
}

TEST_P(PodRulesKernel, a_program_on_a_port_of_the_proxy_is_not_reached_without_the_proxy) {
  run([] {
    const Mesh mesh;
    const Greeter impostor(mesh.pod, "0.0.0.0:4190", "impostor");
    EXPECT_EQ(dial(mesh.hub, "100.96.0.2:4190", {}, testing::kShortSilence), "silence");
    EXPECT_EQ(dial(mesh.hub, "100.96.0.2:4191"), "ECONNREFUSED");
  });
}

TEST_P(PodRulesKernel, without_an_ipv6_range_ipv6_is_refused_and_not_a_way_around) {
  run([] {
    const Mesh mesh(pod_network("100.96.0.2", ""));
    // As if the kernel had given the pod a way out by itself.
    auto netlink = Netlink::open(mesh.pod).value();
    const int link = link_index(netlink, "eth0").value();
    ASSERT_TRUE(add_address(netlink, link, ip("fd00:5e1e::2"), 64));
    ASSERT_TRUE(wait_for_address(mesh.pod, ip("fd00:5e1e::2"), std::chrono::seconds(5)));
    const Greeter outbound(mesh.pod, "[::1]:4140", "outbound", kProxy);
    const Greeter controller(mesh.hub, "[fd00:5e1e::1]:8086", "controller");
    EXPECT_EQ(dial(mesh.pod, "[fd00:5e1e::1]:8086"), "ECONNREFUSED");
    EXPECT_EQ(dial(mesh.pod, "[fd00:5e1e::1]:8086", kProxy), "ECONNREFUSED");
    EXPECT_EQ(ask_udp(mesh.pod, "[fd00:5e1e::1]:53"), "EPERM");
    EXPECT_EQ(dial(mesh.pod, "192.0.2.1:80"), "ECONNREFUSED") << "nobody listens on 127.0.0.1";
  });
}

TEST_P(PodRulesKernel, applied_again_they_replace_themselves) {
  run([] {
    const Mesh mesh;
    const PodRules rules{.proxy = ProxySign::mark(kProxyMark),
                         .ports = {.outbound = 5140},
                         .mesh = kPlan.pods,
                         .mesh_v6 = kPlan.pods_v6,
                         .dns = kPlan.hub()};
    ASSERT_TRUE(apply_pod_rules(mesh.pod, rules));
    const Greeter outbound(mesh.pod, "127.0.0.1:5140", "outbound", kProxy);
    EXPECT_EQ(dial(mesh.pod, "192.0.2.1:80"), "outbound 192.0.2.1:80");
    EXPECT_EQ(run_nft(mesh.pod, "list tables\n"), "table inet seine\n");
    EXPECT_EQ(run_nft(mesh.hub, "list tables\n"), "");
  });
}

TEST(PodRules, by_uid_the_proxy_needs_no_mark) {
  if (const auto reason = testing::reason_to_skip(testing::Privilege::kRoot)) {
    GTEST_SKIP() << *reason;
  }
  testing::run_in_child(testing::Privilege::kRoot, [] {
    constexpr Owner kProxyUser{.uid = 2102};
    PodNetwork network = pod_network("100.96.0.2", "fd00:5e1e::2");
    network.proxy = ProxySign::uid(2102);
    const Mesh mesh(network);
    const Greeter outbound(mesh.pod, "127.0.0.1:4140", "outbound", kProxyUser);
    const Greeter inbound(mesh.pod, "0.0.0.0:4143", "inbound", kProxyUser);
    const Greeter controller(mesh.hub, "100.96.0.1:8086", "controller");
    const Greeter impostor(mesh.pod, "0.0.0.0:4190", "impostor");
    EXPECT_EQ(dial(mesh.pod, "100.96.0.1:8086"), "outbound 100.96.0.1:8086");
    EXPECT_EQ(dial(mesh.pod, "100.96.0.1:8086", kProxyUser), "controller 100.96.0.1:8086");
    EXPECT_EQ(dial(mesh.pod, "192.0.2.1:80", kProxyUser), "ECONNREFUSED");
    EXPECT_EQ(dial(mesh.hub, "100.96.0.2:8080"), "inbound 100.96.0.2:8080");
    EXPECT_EQ(dial(mesh.hub, "100.96.0.2:4190", {}, testing::kShortSilence), "silence");
    const std::string at(kEgressRelayAddress);
    const Greeter relay(mesh.pod, at, "relay");
    EXPECT_EQ(dial(mesh.pod, at, kProxyUser), "relay " + at);
    EXPECT_EQ(dial(mesh.pod, at, kProxy), "ECONNREFUSED");
    // A mark is then no way around.
    EXPECT_EQ(dial(mesh.pod, "100.96.0.1:8086", kProxy), "outbound 100.96.0.1:8086");
  });
}

TEST_P(PodRulesKernel, what_nft_says_of_a_bad_script_reaches_the_operator) {
  run([] {
    const auto refused = run_nft(*NetworkNamespace::create(), "add rule inet seine none accept\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(refused.error().message.find("No such file"), std::string::npos);
  });
}

}  // namespace
}  // namespace seine::netns
