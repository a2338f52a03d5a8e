// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/state_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/temporary_folder.h"

namespace seine::dive {
namespace {

TEST(StateFolder, is_for_one_agent_at_a_time) {
  const TemporaryFolder parent = TemporaryFolder::make("state").value();
  const std::string path = parent.path() + "/agent";
  {
    const auto folder = StateFolder::open(path);
    ASSERT_TRUE(folder) << folder.error().message;
    const auto second = StateFolder::open(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_TRUE(StateFolder::open(path));
}

TEST(StateFolder, remembers_which_cluster_has_joined) {
  const TemporaryFolder parent = TemporaryFolder::make("state").value();
  const auto folder = StateFolder::open(parent.path() + "/agent");
  ASSERT_TRUE(folder);
  EXPECT_FALSE(folder->has_joined("local"));
  ASSERT_TRUE(folder->remember_joined("local"));
  EXPECT_TRUE(folder->has_joined("local"));
  EXPECT_FALSE(folder->has_joined("loc"));
  EXPECT_FALSE(folder->has_joined("other"));
}

TEST(StateFolder, that_others_may_write_to_is_refused) {
  const TemporaryFolder parent = TemporaryFolder::make("state").value();
  const std::string path = parent.path() + "/agent";
  ASSERT_TRUE(StateFolder::open(path));
  ASSERT_EQ(::chmod(path.c_str(), 0770), 0);
  const auto refused = StateFolder::open(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
}

}  // namespace
}  // namespace seine::dive
