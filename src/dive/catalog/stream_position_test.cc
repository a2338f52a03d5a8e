// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/stream_position.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

TEST(StreamPosition, takes_each_message_once) {
  StreamPosition position;
  EXPECT_TRUE(position.take("a", 1));
  EXPECT_TRUE(position.take("a", 2));
  EXPECT_FALSE(position.take("a", 1));
  EXPECT_FALSE(position.take("a", 2));
  EXPECT_TRUE(position.take("a", 3));
}

TEST(StreamPosition, begins_anew_with_an_epoch_and_never_goes_back) {
  StreamPosition position;
  EXPECT_TRUE(position.take("a", 7));
  EXPECT_TRUE(position.take("b", 1));
  EXPECT_FALSE(position.take("a", 8));
  EXPECT_TRUE(position.take("b", 2));
  EXPECT_EQ(position.former, std::vector<std::string>{"a"});
}

TEST(StreamPosition, remembers_so_many_epochs) {
  StreamPosition position;
  for (char c = 'a'; c <= 'j'; ++c) EXPECT_TRUE(position.take(std::string(1, c), 1));
  EXPECT_EQ(position.former.size(), StreamPosition::kMaxFormer);
  EXPECT_EQ(position.former.front(), "b");
}

}  // namespace
}  // namespace seine::dive
