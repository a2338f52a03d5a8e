// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/dns_servers.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

std::string servers(std::string_view text, std::string_view resolv_conf = "") {
  const auto parsed = parse_dns_servers(text, resolv_conf);
  if (!parsed) return parsed.error().message;
  std::string out;
  for (const SocketAddr& one : *parsed) out += one.to_string() + " ";
  return out;
}

TEST(DnsServers, are_addresses_with_or_without_a_port) {
  EXPECT_EQ(servers("10.0.0.2"), "10.0.0.2:53 ");
  EXPECT_EQ(servers("10.0.0.2:5353,fd00::2"), "10.0.0.2:5353 [fd00::2]:53 ");
  EXPECT_EQ(servers("1.1.1.1,2.2.2.2,3.3.3.3"), "--dns-forward: takes at most two servers");
  EXPECT_NE(servers("nowhere").find("--dns-forward nowhere: expected"), std::string::npos);
}

TEST(DnsServers, of_the_system_are_the_first_two_of_resolv_conf) {
  EXPECT_EQ(servers("system",
                    "# nameserver 9.9.9.9\nsearch a b\nnameserver\t10.0.0.2\n"
                    "nameserver fe80::1%eth0\nnameserver 10.0.0.3 \nnameserver 10.0.0.4"),
            "10.0.0.2:53 10.0.0.3:53 ");
  EXPECT_NE(servers("system", "options ndots:1\n").find("names no server"), std::string::npos);
}

}  // namespace
}  // namespace seine::cli
