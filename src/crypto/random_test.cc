// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <gtest/gtest.h>

#include <set>

namespace seine::crypto {
namespace {

TEST(Random, gives_as_many_octets_as_asked_for_and_never_the_same) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    std::string octets = random_octets(16);
    EXPECT_EQ(octets.size(), 16u);
    EXPECT_TRUE(seen.insert(std::move(octets)).second);
  }
  EXPECT_TRUE(random_octets(0).empty());
}

}  // namespace
}  // namespace seine::crypto
