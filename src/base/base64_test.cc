// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <gtest/gtest.h>

namespace seine {
namespace {

TEST(Base64, writes_the_vectors_of_the_specification_without_padding) {
  // RFC 4648, section 10.
  EXPECT_EQ(encode_base64url(""), "");
  EXPECT_EQ(encode_base64url("f"), "Zg");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
  EXPECT_EQ(encode_base64url("foo"), "Zm9v");
  EXPECT_EQ(encode_base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
}

TEST(Base64, reads_what_it_wrote) {
  std::string octets;
  for (int i = 0; i < 256; ++i) {
    octets.push_back(static_cast<char>(i * 7));
    EXPECT_EQ(decode_base64url(encode_base64url(octets)).value(), octets);
  }
}

TEST(Base64, refuses_every_other_spelling) {
  for (const char* bad : {"Z", "Zg==", "Zh", "Zm9", "Zm 9v", "Zm9v\n", "+/8", "Zm9vY"}) {
    EXPECT_EQ(decode_base64url(bad).error().code, ErrorCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace seine
