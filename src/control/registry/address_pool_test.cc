// SPDX-License-Identifier: Apache-2.0
#include "control/registry/address_pool.h"

#include <gtest/gtest.h>

namespace seine::control {
namespace {

using std::chrono::seconds;

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

AddressRange range(std::string_view text) {
  return AddressRange::parse(text).value();
}

TEST(AddressRange, counts_the_same_in_both_families) {
  const AddressRange both = range("10.77.0.0/16,fd5e:1e00::/64");
  EXPECT_EQ(both.at(258), (std::vector{ip("10.77.1.2"), ip("fd5e:1e00::102")}));
  EXPECT_EQ(both.hub(), (std::vector{ip("10.77.0.1"), ip("fd5e:1e00::1")}));
  EXPECT_EQ(both.at(both.last())[0], ip("10.77.255.254"));
  EXPECT_EQ(both.offset_of(ip("10.77.1.2")), 258u);
  EXPECT_EQ(both.offset_of(ip("fd5e:1e00::102")), 258u);
}

TEST(AddressRange, keeps_the_networks_own_the_hubs_and_strangers_addresses_from_pods) {
  const AddressRange both = range("10.77.0.0/24,fd5e::/64");
  for (const char* other : {"10.77.0.0", "10.77.0.1", "10.77.0.255", "10.78.0.5", "fd5e::1",
                            "fd5e::ff", "fd5e::1:0:0:2", "fd5f::2"}) {
    EXPECT_FALSE(both.offset_of(ip(other))) << other;
  }
}

TEST(AddressRange, refuses_what_is_none_in_one_sentence) {
  for (const char* bad :
       {"", "10.0.0.0", "10.0.0.0/29", "10.0.0.0/7", "fd00::/64", "10.0.0.0/8,x",
        "10.0.0.0/8,10.1.0.0/16", "10.0.0.0/16,fd00::/113", "10.0.0.0/16,fd00::/64,fd01::/64"}) {
    const auto parsed = AddressRange::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidConfig);
  }
}

TEST(AddressRange, overlaps_in_either_direction_and_family) {
  EXPECT_TRUE(range("10.0.0.0/8").overlaps(range("10.77.0.0/16")));
  EXPECT_TRUE(range("10.77.0.0/16").overlaps(range("10.0.0.0/8")));
  EXPECT_TRUE(range("10.1.0.0/16,fd00::/64").overlaps(range("10.2.0.0/16,fd00::/64")));
  EXPECT_FALSE(range("10.1.0.0/16,fd00::/64").overlaps(range("10.2.0.0/16,fd01::/64")));
}

TEST(AddressPool, gives_every_address_once_and_then_says_that_none_is_left) {
  AddressPool pool(range("10.0.0.0/28"), seconds(60));
  for (std::uint32_t offset = 2; offset <= 14; ++offset) {
    EXPECT_EQ(pool.take(0, seconds(0)), offset);
  }
  EXPECT_FALSE(pool.take(0, seconds(0)));
  EXPECT_EQ(pool.taken(), 13u);
}

TEST(AddressPool, goes_on_from_where_it_is_told_and_around_the_end) {
  AddressPool pool(range("10.0.0.0/28"), seconds(60));
  EXPECT_EQ(pool.take(14, seconds(0)), 14u);
  EXPECT_EQ(pool.take(14, seconds(0)), 2u);
  EXPECT_EQ(pool.take(99, seconds(0)), 3u);
}

TEST(AddressPool, gives_no_address_again_before_it_has_rested) {
  AddressPool pool(range("10.0.0.0/28"), seconds(60));
  for (int i = 0; i < 13; ++i) pool.take(0, seconds(0));
  pool.release(5, "shop/web-aaaaa", seconds(10));
  EXPECT_FALSE(pool.take(0, seconds(69)));
  EXPECT_EQ(pool.resting(seconds(69)),
            (std::map<std::uint32_t, std::string>{{5, "shop/web-aaaaa"}}));
  EXPECT_EQ(pool.take(0, seconds(70)), 5u);
  EXPECT_TRUE(pool.resting(seconds(70)).empty());
}

TEST(AddressPool, lets_an_owner_back_in_while_its_address_rests_and_nobody_else) {
  AddressPool pool(range("10.0.0.0/28"), seconds(60));
  EXPECT_TRUE(pool.claim(5, "a", seconds(0)));
  EXPECT_FALSE(pool.claim(5, "a", seconds(0))) << "it is taken";
  pool.release(5, "a", seconds(1));
  EXPECT_FALSE(pool.claim(5, "b", seconds(2)));
  EXPECT_TRUE(pool.claim(5, "a", seconds(2)));
  pool.release(5, "a", seconds(3));
  EXPECT_TRUE(pool.claim(5, "b", seconds(63)));
  for (const std::uint32_t outside : {0u, 1u, 15u}) {
    EXPECT_FALSE(pool.claim(outside, "a", seconds(0)));
  }
}

}  // namespace
}  // namespace seine::control
