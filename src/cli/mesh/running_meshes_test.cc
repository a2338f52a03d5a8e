// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/running_meshes.h"

#include <unistd.h>

#include "gtest/gtest.h"

#include "base/temporary_folder.h"

namespace seine::cli {
namespace {

TEST(CheckOwner, says_whose_a_folder_is_that_is_not_the_callers) {
  const auto folder = TemporaryFolder::make("owner-test").value();
  EXPECT_TRUE(check_owner(folder.path(), ::geteuid()));
  const auto refused = check_owner("/", ::geteuid() + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the mesh in / belongs to root; run this as root, or name a mesh of your own with "
            "--dir");
}

TEST(CheckOwner, leaves_a_folder_that_is_not_there_to_others) {
  EXPECT_TRUE(check_owner("/nowhere/at/all", ::geteuid()));
}

}  // namespace
}  // namespace seine::cli
