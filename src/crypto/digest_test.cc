// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <vector>

namespace seine::crypto {
namespace {

TEST(Digest, gives_the_value_of_the_specification) {
  // FIPS 180-2, appendix B.1.
  const Sha256 digest = sha256("abc");
  const std::vector<std::uint8_t> head = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
  EXPECT_EQ(std::vector<std::uint8_t>(digest.begin(), digest.begin() + 8), head);
  EXPECT_EQ(digest.back(), 0xad);
}

TEST(Digest, compares_contents_and_lengths) {
  const std::vector<std::uint8_t> a = {1, 2, 3};
  const std::vector<std::uint8_t> b = {1, 2, 4};
  EXPECT_TRUE(equal_in_constant_time(a, a));
  EXPECT_FALSE(equal_in_constant_time(a, b));
  EXPECT_FALSE(equal_in_constant_time(a, std::span(a).first(2)));
}

}  // namespace
}  // namespace seine::crypto
