// SPDX-License-Identifier: Apache-2.0
#include "control/registry/owner_socket.h"

#include <gtest/gtest.h>

namespace seine::control {
namespace {

TEST(OwnerSocket, is_for_the_owner_and_root) {
  EXPECT_TRUE(may_administer(1000, 1000));
  EXPECT_TRUE(may_administer(0, 1000));
  EXPECT_TRUE(may_administer(0, 0));
  EXPECT_FALSE(may_administer(1001, 1000));
  EXPECT_FALSE(may_administer(1000, 0));
}

TEST(OwnerSocket, is_not_for_the_user_who_stands_for_all_without_a_number) {
  EXPECT_FALSE(may_administer(65534, 65534));
  EXPECT_FALSE(may_administer(65534, 0));
}

}  // namespace
}  // namespace seine::control
