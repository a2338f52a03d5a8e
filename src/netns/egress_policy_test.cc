// SPDX-License-Identifier: Apache-2.0
#include "netns/egress_policy.h"

#include "gtest/gtest.h"

namespace seine::netns {
namespace {

SocketAddr addr(std::string_view text) {
  return SocketAddr::parse(text).value();
}

const EgressPolicy kPolicy{
    .host_ports = {5432},
    .host_alias = IpAddress::parse("100.97.0.1").value(),
    .mesh = {IpNet::parse("100.96.0.0/15").value(), IpNet::parse("fd00:5e1e::/64").value()}};

// The machine has 192.168.1.5 and 2001:db8::5 besides loopback.
bool is_own(const IpAddress& ip) {
  return ip == addr("192.168.1.5:1").ip || ip == addr("[2001:db8::5]:1").ip || ip.is_loopback();
}

std::string refusal(std::string_view to) {
  const auto targets = egress_targets(kPolicy, addr(to), is_own);
  if (targets) return "allowed";
  EXPECT_EQ(targets.error().code, ErrorCode::kUnauthorized);
  return targets.error().message;
}

TEST(EgressPolicy, other_machines_are_open) {
  for (const char* to : {"192.0.2.1:443", "10.0.0.1:22", "[2001:db8::9]:443"}) {
    EXPECT_EQ(egress_targets(kPolicy, addr(to), is_own).value(), std::vector{addr(to)});
  }
}

TEST(EgressPolicy, this_machine_is_closed_by_each_of_its_addresses) {
  for (const char* to :
       {"127.0.0.1:6379", "127.9.9.9:6379", "[::1]:6379", "192.168.1.5:6379", "[2001:db8::5]:6379",
        "[::ffff:127.0.0.1]:6379", "[::ffff:192.168.1.5]:6379"}) {
    EXPECT_NE(refusal(to).find("--host-port"), std::string::npos) << to;
  }
}

TEST(EgressPolicy, a_named_port_of_this_machine_is_open) {
  EXPECT_EQ(egress_targets(kPolicy, addr("127.0.0.1:5432"), is_own).value(),
            std::vector{addr("127.0.0.1:5432")});
  EXPECT_EQ(egress_targets(kPolicy, addr("192.168.1.5:5432"), is_own).value(),
            std::vector{addr("192.168.1.5:5432")});
}

TEST(EgressPolicy, the_alias_of_the_machine_is_its_loopback_on_named_ports_only) {
  EXPECT_EQ(egress_targets(kPolicy, addr("100.97.0.1:5432"), is_own).value(),
            (std::vector{addr("127.0.0.1:5432"), addr("[::1]:5432")}));
  EXPECT_NE(refusal("100.97.0.1:6379").find("--host-port"), std::string::npos);
}

TEST(EgressPolicy, link_local_and_the_metadata_of_clouds_are_closed) {
  for (const char* to :
       {"169.254.169.254:80", "169.254.1.1:80", "[fe80::1]:80", "[fd00:ec2::254]:80",
        "100.100.100.200:80", "168.63.129.16:80", "[::ffff:169.254.169.254]:80"}) {
    EXPECT_NE(refusal(to), "allowed") << to;
  }
}

TEST(EgressPolicy, what_is_no_host_and_ipv4_in_disguise_are_closed) {
  for (const char* to :
       {"0.0.0.0:5432", "0.1.2.3:80", "[::]:5432", "224.0.0.1:80", "255.255.255.255:80",
        "[ff02::1]:80", "[::7f00:1]:80", "[64:ff9b::7f00:1]:80", "[2002:7f00:1::]:80"}) {
    EXPECT_NE(refusal(to), "allowed") << to;
  }
}

TEST(EgressPolicy, addresses_of_the_mesh_do_not_leave) {
  EXPECT_NE(refusal("100.96.0.7:80").find("of the mesh"), std::string::npos);
  EXPECT_NE(refusal("100.97.0.7:80").find("of the mesh"), std::string::npos);
  EXPECT_NE(refusal("[fd00:5e1e::7]:80").find("of the mesh"), std::string::npos);
}

}  // namespace
}  // namespace seine::netns
