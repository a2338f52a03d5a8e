// SPDX-License-Identifier: Apache-2.0
#include "netns/address_range.h"

#include <vector>

#include "gtest/gtest.h"

namespace seine::netns {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
IpNet net(std::string_view text) {
  return IpNet::parse(text).value();
}
Route route(std::string_view to, Route::Kind kind = Route::Kind::kUnicast) {
  return Route{.kind = kind, .to = net(to), .via = std::nullopt};
}

TEST(AddressRange, networks_overlap_when_one_holds_the_other) {
  EXPECT_TRUE(overlap(net("10.0.0.0/8"), net("10.9.0.0/16")));
  EXPECT_TRUE(overlap(net("10.9.0.0/16"), net("10.0.0.0/8")));
  EXPECT_FALSE(overlap(net("10.8.0.0/16"), net("10.9.0.0/16")));
  EXPECT_FALSE(overlap(net("0.0.0.0/0"), net("::/0")));
}

TEST(AddressRange, addresses_count_from_the_first_and_end_at_the_last) {
  EXPECT_EQ(nth_address(net("10.0.0.0/16"), 258), ip("10.0.1.2"));
  EXPECT_EQ(nth_address(net("10.0.0.0/30"), 3), ip("10.0.0.3"));
  EXPECT_EQ(nth_address(net("10.0.0.0/30"), 4).error().code, ErrorCode::kLimit);
  EXPECT_EQ(nth_address(net("fd00:5e1e::/64"), 0x10203), ip("fd00:5e1e::1:203"));
  EXPECT_EQ(nth_address(net("::1/128"), 1).error().code, ErrorCode::kLimit);
}

TEST(AddressRange, a_range_with_a_route_of_the_host_is_refused_by_its_name) {
  const std::vector<Route> host = {route("0.0.0.0/0"), route("10.0.0.0/24"), route("::/0")};
  EXPECT_TRUE(check_against_host(net("10.1.0.0/16"), host));
  const auto refused = check_against_host(net("10.0.0.0/16"), host);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(refused.error().message.find("10.0.0.0/24"), std::string::npos);
}

TEST(AddressRange, a_range_is_split_into_pods_and_services) {
  const AddressPlan plan = split_range(net("100.96.0.0/15"), net("fd00:5e1e::/64")).value();
  EXPECT_EQ(plan.pods, net("100.96.0.0/16"));
  EXPECT_EQ(plan.services, net("100.97.0.0/16"));
  EXPECT_EQ(plan.hub(), ip("100.96.0.1"));
  EXPECT_EQ(plan.hub_v6(), ip("fd00:5e1e::1"));
  EXPECT_EQ(paired_v6(plan, ip("100.96.1.2")), ip("fd00:5e1e::102"));
  EXPECT_FALSE(paired_v6(plan, ip("100.97.1.2")));
  for (const char* wrong : {"10.0.0.0/7", "10.0.0.0/25", "fd00::/16"}) {
    EXPECT_EQ(split_range(net(wrong), std::nullopt).error().code, ErrorCode::kInvalidConfig);
  }
  EXPECT_FALSE(split_range(net("10.0.0.0/15"), net("fd00::/65")));
}

TEST(AddressRange, the_default_gives_way_to_a_network_of_the_host) {
  EXPECT_EQ(choose_plan({})->pods, net("100.96.0.0/16"));
  const std::vector<Route> tailnet = {route("100.64.0.0/10"), route("fd00::/8")};
  const AddressPlan plan = choose_plan(tailnet).value();
  EXPECT_EQ(plan.pods, net("10.214.0.0/16"));
  EXPECT_EQ(plan.pods_v6, std::nullopt);
  // A single address of the host is reason enough.
  const std::vector<Route> own = {route("100.97.3.4/32", Route::Kind::kLocal)};
  EXPECT_EQ(choose_plan(own)->pods, net("100.112.0.0/16"));
  const std::vector<Route> all = {route("100.64.0.0/10"), route("10.0.0.0/8"),
                                  route("172.16.0.0/12")};
  EXPECT_EQ(choose_plan(all).error().code, ErrorCode::kInvalidConfig);
}

}  // namespace
}  // namespace seine::netns
