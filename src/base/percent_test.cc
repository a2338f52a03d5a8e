// SPDX-License-Identifier: Apache-2.0
#include "base/percent.h"

#include "gtest/gtest.h"

namespace seine {
namespace {

TEST(Percent, is_decoded_once) {
  EXPECT_EQ(percent_decoded("a%20b%2F+%c3%A4"), "a b/+\xc3\xa4");
  EXPECT_EQ(percent_decoded("%2525"), "%25");
  EXPECT_EQ(percent_decoded(""), "");
}

TEST(Percent, is_nothing_where_a_code_is_broken) {
  for (const char* broken : {"%", "%2", "a%2", "%zz", "%2g", "%%20"}) {
    EXPECT_FALSE(percent_decoded(broken)) << broken;
  }
}

}  // namespace
}  // namespace seine
