// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/stream_position.h"

#include <gtest/gtest.h>

#include <string>

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
  const auto epoch = [](std::size_t i) { return "epoch " + std::to_string(i); };
  for (std::size_t i = 0; i < StreamPosition::kMaxFormer + 2; ++i) {
    EXPECT_TRUE(position.take(epoch(i), 1));
  }
  EXPECT_EQ(position.former.size(), StreamPosition::kMaxFormer);
  EXPECT_EQ(position.former.front(), epoch(1));
}

TEST(StreamPosition, takes_all_of_an_agent_that_starts_often) {
  StreamPosition position;
  for (int i = 0; i < 1000; ++i) {
    const std::string epoch = "epoch " + std::to_string(i);
    EXPECT_TRUE(position.take(epoch, 1)) << i;
    EXPECT_TRUE(position.take(epoch, 2)) << i;
    if (i < 16) continue;
    EXPECT_FALSE(position.take("epoch " + std::to_string(i - 16), 2)) << i << " came again";
  }
}

}  // namespace
}  // namespace seine::dive
