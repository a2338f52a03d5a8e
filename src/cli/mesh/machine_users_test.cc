// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/machine_users.h"

#include "gtest/gtest.h"

namespace seine::cli {
namespace {

TEST(ProxyUid, is_the_first_that_belongs_to_nobody) {
  EXPECT_EQ(choose_proxy_uid([](uid_t) { return false; }), kProxyUid);
  EXPECT_EQ(choose_proxy_uid([](uid_t uid) { return uid < kProxyUid + 3; }), kProxyUid + 3);
  EXPECT_EQ(choose_proxy_uid([](uid_t uid) { return uid != kLastProxyUid; }), kLastProxyUid);
  EXPECT_EQ(choose_proxy_uid([](uid_t) { return true; }), std::nullopt);
}

TEST(MachineUsers, are_those_of_its_database) {
  EXPECT_TRUE(is_somebody(0));
  EXPECT_EQ(user_name(0), "root");
  EXPECT_FALSE(is_somebody(3'999'999'999));
  EXPECT_EQ(user_name(3'999'999'999), "user 3999999999");
}

}  // namespace
}  // namespace seine::cli
