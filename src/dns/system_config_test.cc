// SPDX-License-Identifier: Apache-2.0
#include "dns/system_config.h"

#include <gtest/gtest.h>

namespace seine::dns {
namespace {

Name name_of(std::string_view text) {
  return Name::from_text(text).value();
}

TEST(ResolvConf, reads_servers_search_and_options) {
  const ResolvConf conf = parse_resolv_conf(
      "# made by a machine\n"
      "nameserver 10.96.0.10 ; first\r\n"
      "nameserver fd00::a\n"
      "search svc.cluster.local cluster.local.\n"
      "options ndots:5 timeout:2 attempts:3 edns0\n");
  ASSERT_EQ(conf.servers.size(), 2u);
  EXPECT_EQ(conf.servers[0].to_string(), "10.96.0.10:53");
  EXPECT_EQ(conf.servers[1].to_string(), "[fd00::a]:53");
  EXPECT_EQ(conf.search, (std::vector{name_of("svc.cluster.local"), name_of("cluster.local")}));
  EXPECT_EQ(conf.ndots, 5);
  EXPECT_EQ(conf.timeout, std::chrono::seconds(2));
  EXPECT_EQ(conf.attempts, 3);
}

TEST(ResolvConf, has_no_server_where_none_is_named) {
  EXPECT_TRUE(parse_resolv_conf("options ndots:1\n").servers.empty());
}

TEST(ResolvConf, passes_over_what_makes_no_sense_and_keeps_to_limits) {
  const ResolvConf conf = parse_resolv_conf(
      "nameserver nonsense\nnameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\n"
      "nameserver 1.1.1.4\nsearch a..b ok\noptions ndots:99 timeout:0 attempts:x\nwhatever\n");
  EXPECT_EQ(conf.servers.size(), 3u);
  EXPECT_EQ(conf.search, std::vector{name_of("ok")});
  EXPECT_EQ(conf.ndots, 15);
  EXPECT_EQ(conf.timeout, std::chrono::seconds(1));
  EXPECT_EQ(conf.attempts, 2);
}

TEST(Hosts, finds_names_and_aliases_without_regard_to_case) {
  const Hosts hosts =
      Hosts::parse("10.0.0.1\tweb web.local # comment\nfd00::1 web\n10.0.0.1 web\nbad line\n");
  const auto* web = hosts.find(name_of("WEB"));
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->size(), 2u);
  EXPECT_NE(hosts.find(name_of("web.local")), nullptr);
  EXPECT_EQ(hosts.find(name_of("line")), nullptr);
}

TEST(Hosts, keep_localhost_on_loopback_whatever_the_file_says) {
  const Hosts hosts = Hosts::parse("10.0.0.1 localhost\n");
  EXPECT_TRUE(hosts.find(name_of("localhost"))->at(0).is_loopback());
  EXPECT_TRUE(hosts.find(name_of("x.localhost"))->at(0).is_loopback());
}

}  // namespace
}  // namespace seine::dns
