// SPDX-License-Identifier: Apache-2.0
#include "netns/user_names.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace seine::netns {
namespace {

TEST(UserNames, are_those_of_the_machines_database) {
  EXPECT_EQ(user_name(0), "root");
  EXPECT_EQ(user_name(4'000'000'001), "4000000001") << "nobody has that number";
  EXPECT_EQ(name_of_caller("uid " + std::to_string(::geteuid())), user_name(::geteuid()));
}

TEST(UserNames, are_empty_for_who_is_no_user) {
  for (const char* caller : {"", "uid ", "uid x", "uid 1 ", "web.shop.serviceaccount", "uid -1"}) {
    EXPECT_EQ(name_of_caller(caller), "") << caller;
  }
}

TEST(UserNames, look_out_of_a_user_namespace) {
  constexpr std::string_view kMap =
      "         0       1000          1\n         1     100000      65536\n";
  EXPECT_EQ(outside_user(0, kMap), 1000u);
  EXPECT_EQ(outside_user(3, kMap), 100002u);
  EXPECT_EQ(outside_user(70000, kMap), 70000u) << "nobody is that";
  EXPECT_EQ(outside_user(7, "0 0 4294967295\n"), 7u);
  EXPECT_EQ(outside_user(7, "rubbish\n"), 7u);
}

}  // namespace
}  // namespace seine::netns
