// SPDX-License-Identifier: Apache-2.0
#include "cli/state_dir.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

std::string chosen(std::string_view flag, const Environment& environment, unsigned uid = 1000) {
  const auto dir = choose_state_dir(flag, environment, uid, "/home/ada/shop");
  return dir ? *dir : "error: " + dir.error().message;
}

TEST(StateDir, TheFlagComesFirstThenTheVariable) {
  EXPECT_EQ(chosen("/x", {{"SEINE_DIR", "/y"}, {"HOME", "/home/ada"}}), "/x");
  EXPECT_EQ(chosen("", {{"SEINE_DIR", "/y"}, {"HOME", "/home/ada"}}), "/y");
}

TEST(StateDir, ARelativeFolderIsMadeAbsolute) {
  EXPECT_EQ(chosen("mesh", {}), "/home/ada/shop/mesh");
  EXPECT_EQ(chosen("../mesh/", {}), "/home/ada/mesh");
  EXPECT_EQ(chosen(".", {}), "/home/ada/shop");
}

TEST(StateDir, RootAndPeopleHaveTheirPlaces) {
  EXPECT_EQ(chosen("", {{"HOME", "/root"}}, 0), "/var/lib/seine");
  EXPECT_EQ(chosen("", {{"HOME", "/home/ada"}}), "/home/ada/.local/state/seine");
  EXPECT_EQ(chosen("", {{"HOME", "/home/ada"}, {"XDG_STATE_HOME", "/s"}}), "/s/seine");
  EXPECT_EQ(chosen("", {{"HOME", "/home/ada"}, {"XDG_STATE_HOME", "s"}}),
            "/home/ada/.local/state/seine");
}

TEST(StateDir, WithoutAHomeItSaysWhatToSet) {
  const auto dir = choose_state_dir("", {}, 1000, "/");
  ASSERT_FALSE(dir);
  EXPECT_EQ(dir.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(dir.error().message.find("SEINE_DIR"), std::string::npos);
}

}  // namespace
}  // namespace seine::cli
