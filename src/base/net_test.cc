// SPDX-License-Identifier: Apache-2.0
#include "base/net.h"

#include <unordered_set>

#include "gtest/gtest.h"

namespace seine {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
IpNet net(std::string_view text) {
  return IpNet::parse(text).value();
}

TEST(IpAddress, reads_and_prints_both_families) {
  EXPECT_EQ(ip("10.1.2.3").to_string(), "10.1.2.3");
  EXPECT_EQ(ip("2001:DB8:0:0::1").to_string(), "2001:db8::1");
  EXPECT_EQ(IpAddress::v4(0x7f000001U).to_string(), "127.0.0.1");
  EXPECT_EQ(IpAddress().to_string(), "0.0.0.0");
}

TEST(IpAddress, keeps_network_order_bytes) {
  EXPECT_EQ(ip("1.2.3.4").v4_value(), 0x01020304U);
  ASSERT_EQ(ip("1.2.3.4").bytes().size(), 4U);
  EXPECT_EQ(ip("1.2.3.4").bytes()[0], 1);
  ASSERT_EQ(ip("fd00::9").bytes().size(), 16U);
  EXPECT_EQ(ip("fd00::9").bytes()[0], 0xfd);
  EXPECT_EQ(ip("fd00::9").bytes()[15], 9);
}

TEST(IpAddress, refuses_what_is_not_an_address) {
  for (std::string_view bad :
       {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4x", "[::1]", "::1%eth0", "1.2.3.4 ", ":::1",
        "localhost", "1111:2222:3333:4444:5555:6666:255.255.255.2551"}) {
    EXPECT_FALSE(IpAddress::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)).has_value());
}

TEST(IpAddress, knows_loopback_also_when_mapped) {
  EXPECT_TRUE(ip("127.9.9.9").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_TRUE(ip("::ffff:127.0.0.1").is_loopback());
  EXPECT_FALSE(ip("128.0.0.1").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
  EXPECT_FALSE(ip("1::1").is_loopback());
}

TEST(IpAddress, unmaps_only_mapped_addresses) {
  EXPECT_EQ(ip("::ffff:10.0.0.1").unmapped(), ip("10.0.0.1"));
  EXPECT_EQ(ip("::10.0.0.1").unmapped(), ip("::10.0.0.1"));
  EXPECT_EQ(ip("10.0.0.1").unmapped(), ip("10.0.0.1"));
}

TEST(IpAddress, is_unspecified_only_when_all_bytes_are_zero) {
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("::1").is_unspecified());
}

TEST(IpAddress, families_differ_even_with_equal_bytes) {
  EXPECT_NE(ip("0.0.0.0"), ip("::"));
  std::unordered_set<IpAddress> set = {ip("0.0.0.0"), ip("::"), ip("::1"), ip("::1")};
  EXPECT_EQ(set.size(), 3U);
}

TEST(SocketAddr, reads_and_prints_both_families) {
  EXPECT_EQ(SocketAddr::parse("10.0.0.1:80").value(), (SocketAddr{ip("10.0.0.1"), 80}));
  EXPECT_EQ(SocketAddr::parse("[fd00::1]:65535").value().to_string(), "[fd00::1]:65535");
  EXPECT_EQ(SocketAddr::parse("0.0.0.0:0").value().port, 0);
}

TEST(SocketAddr, refuses_ambiguous_and_broken_text) {
  for (std::string_view bad :
       {"", ":80", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "::1:80", "[10.0.0.1]:80", "[::1]80",
        "[::1]:", "10.0.0.1:+80", "10.0.0.1:000080", "host:80", "[::1:80"}) {
    EXPECT_FALSE(SocketAddr::parse(bad).has_value()) << bad;
  }
}

TEST(SocketAddr, hashes_by_address_and_port) {
  std::unordered_set<SocketAddr> set;
  for (std::uint16_t port = 1; port <= 100; ++port) set.insert({ip("10.0.0.1"), port});
  set.insert({ip("10.0.0.1"), 1});
  EXPECT_EQ(set.size(), 100U);
}

TEST(IpNet, contains_by_prefix_not_by_byte) {
  EXPECT_TRUE(net("10.0.0.0/8").contains(ip("10.255.0.1")));
  EXPECT_FALSE(net("10.0.0.0/8").contains(ip("11.0.0.1")));
  EXPECT_TRUE(net("10.0.0.0/9").contains(ip("10.127.0.1")));
  EXPECT_FALSE(net("10.0.0.0/9").contains(ip("10.128.0.1")));
  EXPECT_TRUE(net("fd00::/10").contains(ip("fd3f::1")));
  EXPECT_FALSE(net("fd00::/10").contains(ip("fd40::1")));
  EXPECT_TRUE(net("0.0.0.0/0").contains(ip("1.2.3.4")));
  EXPECT_FALSE(net("0.0.0.0/0").contains(ip("::1")));
  EXPECT_TRUE(net("10.0.0.1").contains(ip("10.0.0.1")));
  EXPECT_FALSE(net("10.0.0.1").contains(ip("10.0.0.2")));
}

TEST(IpNet, contains_smaller_networks_only) {
  EXPECT_TRUE(net("10.0.0.0/8").contains(net("10.1.0.0/16")));
  EXPECT_TRUE(net("10.0.0.0/8").contains(net("10.0.0.0/8")));
  EXPECT_FALSE(net("10.1.0.0/16").contains(net("10.0.0.0/8")));
}

TEST(IpNet, clears_host_bits) {
  EXPECT_EQ(net("10.1.2.3/12").to_string(), "10.0.0.0/12");
  EXPECT_EQ(net("10.31.2.3/12"), net("10.16.0.0/12"));
  EXPECT_EQ(net("fd00::1/127").to_string(), "fd00::/127");
}

TEST(IpNet, refuses_bad_prefixes) {
  for (std::string_view bad :
       {"10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "/8", "10.0.0.0/8/8", "10/8"}) {
    EXPECT_FALSE(IpNet::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(IpNet::make(ip("10.0.0.0"), 33).has_value());
}

}  // namespace
}  // namespace seine
