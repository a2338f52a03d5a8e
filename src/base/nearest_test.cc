// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace seine {
namespace {

const std::vector<std::string> kVerbs{"stat", "edges", "check", "run", "up"};

TEST(Nearest, SwappedLostAndAddedLettersAreForgiven) {
  EXPECT_EQ(nearest("sta", kVerbs), "stat");
  EXPECT_EQ(nearest("satt", kVerbs), "stat");
  EXPECT_EQ(nearest("cheeck", kVerbs), "check");
  EXPECT_EQ(nearest("rnu", kVerbs), "run");
}

TEST(Nearest, AnotherWordIsNot) {
  EXPECT_EQ(nearest("dashboard", kVerbs), "");
  EXPECT_EQ(nearest("xy", kVerbs), "");
  EXPECT_EQ(nearest(std::string(100000, 'a'), kVerbs), "");
}

}  // namespace
}  // namespace seine
