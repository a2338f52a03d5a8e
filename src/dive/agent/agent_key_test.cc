// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/agent_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/temporary_folder.h"

namespace seine::dive {
namespace {

TEST(AgentKey, is_made_once_and_is_the_agents_alone) {
  const TemporaryFolder folder = TemporaryFolder::make("key").value();
  const auto first = read_or_make_key(folder.path());
  ASSERT_TRUE(first) << first.error().message;
  struct stat info{};
  ASSERT_EQ(::stat((folder.path() + "/agent.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto second = read_or_make_key(folder.path());
  ASSERT_TRUE(second);
  EXPECT_TRUE(first->same_public_key(*second));
}

TEST(AgentKey, that_others_may_read_is_refused) {
  const TemporaryFolder folder = TemporaryFolder::make("key").value();
  ASSERT_TRUE(read_or_make_key(folder.path()));
  ASSERT_EQ(::chmod((folder.path() + "/agent.key").c_str(), 0640), 0);
  const auto refused = read_or_make_key(folder.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(refused.error().message.find("0600"), std::string::npos);
}

TEST(AgentKey, that_is_damaged_is_refused_and_stays) {
  const TemporaryFolder folder = TemporaryFolder::make("key").value();
  const std::string path = folder.path() + "/agent.key";
  ASSERT_TRUE(create_file(path, "rubbish", 0600));
  EXPECT_FALSE(read_or_make_key(folder.path()));
  EXPECT_EQ(read_file(path, 100), "rubbish");
}

TEST(AgentKey, signs_what_the_contract_says) {
  EXPECT_EQ(challenge_text("local", "nonce"), std::string("dive.v1 agent\0local\0nonce", 25));
}

}  // namespace
}  // namespace seine::dive
