// SPDX-License-Identifier: Apache-2.0
#include "netns/hub.h"

#include <sched.h>

#include <filesystem>

#include "base/file.h"
#include "netns/links.h"
#include "netns/nft.h"
#include "netns/testing/kernel_test.h"
#include "netns/testing/sockets.h"

namespace seine::netns {
namespace {

using testing::dial;
using testing::Greeter;
using testing::Owner;

const AddressPlan kPlan = choose_plan({}).value();
constexpr Owner kProxy{.mark = kProxyMark};

PodNetwork pod_number(std::uint64_t n) {
  const IpAddress ip = nth_address(kPlan.pods, n).value();
  return {.ip = ip, .ip_v6 = paired_v6(kPlan, ip).value(), .proxy = ProxySign::mark(kProxyMark)};
}

std::size_t count_pod_links(const NetworkNamespace& hub) {
  auto netlink = Netlink::open(hub).value();
  std::size_t count = 0;
  for (const Link& link : list_links(netlink).value()) count += link.name.starts_with("pod");
  return count;
}

class HubKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(HubKernel);

TEST_P(HubKernel, listeners_can_be_bound_before_there_is_a_pod) {
  run([] {
    const auto hub = create_hub(kPlan);
    ASSERT_TRUE(hub) << hub.error().to_string();
    EXPECT_TRUE(hub->udp_socket({kPlan.hub(), 53}));
    EXPECT_TRUE(hub->tcp_listener({kPlan.hub(), 8086}));
    EXPECT_TRUE(hub->tcp_listener({*kPlan.hub_v6(), 8086}));
  });
}

TEST_P(HubKernel, a_pod_works_as_soon_as_it_is_made) {
  run([] {
    const auto hub = create_hub(kPlan);
    for (std::uint64_t n = 2; n < 6; ++n) {
      const auto pod = create_pod(*hub, kPlan, pod_number(n));
      ASSERT_TRUE(pod) << pod.error().to_string();
      const Greeter controller(*hub, "100.96.0.1:8086", "controller");
      const Greeter v6(*hub, "[fd00:5e1e::1]:8086", "controller");
      EXPECT_EQ(dial(*pod, "100.96.0.1:8086", kProxy), "controller 100.96.0.1:8086");
      EXPECT_EQ(dial(*pod, "[fd00:5e1e::1]:8086", kProxy), "controller [fd00:5e1e::1]:8086");
    }
  });
}

TEST_P(HubKernel, proxies_of_two_pods_meet) {
  run([] {
    const auto hub = create_hub(kPlan);
    const auto one = create_pod(*hub, kPlan, pod_number(2));
    const auto two = create_pod(*hub, kPlan, pod_number(3));
    const Greeter v4(*two, "0.0.0.0:4143", "inbound", kProxy);
    const Greeter v6(*two, "[fd00:5e1e::3]:4143", "inbound", kProxy);
    EXPECT_EQ(dial(*one, "100.96.0.3:8080", kProxy), "inbound 100.96.0.3:8080");
    EXPECT_EQ(dial(*one, "[fd00:5e1e::3]:8080", kProxy), "inbound [fd00:5e1e::3]:8080");
  });
}

TEST_P(HubKernel, without_ipv6_there_is_none) {
  run([] {
    const AddressPlan plan = split_range(IpNet::parse("10.77.0.0/16").value(), {}).value();
    const auto hub = create_hub(plan);
    const auto pod = create_pod(
        *hub, plan, {.ip = nth_address(plan.pods, 2).value(), .proxy = ProxySign::mark(1)});
    ASSERT_TRUE(pod) << pod.error().to_string();
    const Greeter controller(*hub, "10.77.0.1:8086", "controller");
    EXPECT_EQ(dial(*pod, "10.77.0.1:8086", {.mark = 1}), "controller 10.77.0.1:8086");
    EXPECT_EQ(dial(*pod, "[2001:db8::1]:80"), "ENETUNREACH");
  });
}

TEST_P(HubKernel, an_address_that_is_taken_or_foreign_is_refused) {
  run([] {
    const auto hub = create_hub(kPlan);
    const auto first = create_pod(*hub, kPlan, pod_number(2));
    const auto second = create_pod(*hub, kPlan, pod_number(2));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, "100.96.0.2 belongs to another pod");
    EXPECT_EQ(create_pod(*hub, kPlan, pod_number(1)).error().code, ErrorCode::kInvalidArgument);
    PodNetwork foreign = pod_number(2);
    foreign.ip = IpAddress::parse("10.0.0.1").value();
    EXPECT_EQ(create_pod(*hub, kPlan, foreign).error().code, ErrorCode::kInvalidArgument);
  });
}

TEST_P(HubKernel, ports_of_pods_that_are_gone_are_removed) {
  run([] {
    const auto hub = create_hub(kPlan);
    const auto living = create_pod(*hub, kPlan, pod_number(2));
    const auto forgotten = create_pod(*hub, kPlan, pod_number(3));
    EXPECT_EQ(count_pod_links(*hub), 2u);
    const auto removed = remove_other_ports(*hub, {pod_number(2).ip});
    ASSERT_TRUE(removed);
    EXPECT_EQ(*removed, std::vector<std::string>{"pod64600003"});
    EXPECT_EQ(count_pod_links(*hub), 1u);
    EXPECT_TRUE(remove_other_ports(*hub, {pod_number(2).ip})->empty());
  });
}

// What a mesh may not touch: links, addresses, routes, firewall, settings and resolver.
std::string facts_of_the_machine() {
  auto netlink = Netlink::open().value();
  std::string all;
  for (const Link& link : list_links(netlink).value()) {
    all += link.name + (link.is_up ? " up\n" : " down\n");
  }
  for (const auto& one : list_addresses(netlink).value()) all += one.ip.to_string() + "\n";
  for (const auto& one : list_routes(netlink).value()) all += one.to.to_string() + "\n";
  all += run_nft(NetworkNamespace::current().value(), "list ruleset\n").value();
  for (const char* settings : {"/proc/sys/net/ipv4", "/proc/sys/net/ipv6"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(settings)) {
      // Some can be written only, some by root only: they read as nothing.
      all += file.path().string() + " " + read_file(file.path(), 4096).value_or("") + "\n";
    }
  }
  return all + read_file("/etc/resolv.conf", 1 << 16).value_or("none");
}

TEST_P(HubKernel, the_network_of_the_machine_is_the_same_before_and_after) {
  run([] {
    // A machine of the test's own, on which nobody else changes anything meanwhile.
    const auto machine = NetworkNamespace::create();
    ASSERT_TRUE(machine);
    ASSERT_EQ(setns(machine->fd(), CLONE_NEWNET), 0);
    auto netlink = Netlink::open().value();
    const int lan = add_bridge(netlink, "lan0").value();
    ASSERT_TRUE(add_address(netlink, lan, IpAddress::parse("192.0.2.1").value(), 24));
    ASSERT_TRUE(run_nft(*machine, "add table inet mine\n"));
    const std::string before = facts_of_the_machine();
    ASSERT_NE(before.find("ip_forward"), std::string::npos);
    ASSERT_NE(before.find("table inet mine"), std::string::npos);
    const auto hub = create_hub(kPlan);
    const auto pod = create_pod(*hub, kPlan, pod_number(2));
    ASSERT_TRUE(pod);
    EXPECT_EQ(facts_of_the_machine(), before);
  });
}

}  // namespace
}  // namespace seine::netns
