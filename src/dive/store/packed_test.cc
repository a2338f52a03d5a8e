// SPDX-License-Identifier: Apache-2.0
#include "dive/store/packed.h"

#include <limits>

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

TEST(PackedTest, numbers_and_texts_come_back_as_they_went_in) {
  const std::vector<std::uint64_t> numbers = {
      0, 1, 127, 128, 300, std::uint64_t{1} << 62, std::numeric_limits<std::uint64_t>::max()};
  PackedWriter out;
  for (const std::uint64_t number : numbers) out.number(number);
  out.text("name");
  out.text("");
  const sql::Blob bytes = out.take();
  PackedReader in(bytes);
  for (const std::uint64_t number : numbers) EXPECT_EQ(in.number(), number);
  EXPECT_EQ(in.text(), "name");
  EXPECT_EQ(in.text(), "");
  EXPECT_TRUE(in.done());
}

TEST(PackedTest, nothing_is_read_past_the_end) {
  PackedWriter out;
  out.number(300);
  const sql::Blob bytes = out.take();
  PackedReader half(std::span(bytes).first(1));
  EXPECT_EQ(half.number(), 0U);
  EXPECT_TRUE(half.failed());
  EXPECT_EQ(half.number(), 0U);
  EXPECT_FALSE(half.done());
  PackedReader text(bytes);  // of 300 octets that are not there
  EXPECT_EQ(text.text(), "");
  EXPECT_TRUE(text.failed());
}

TEST(PackedTest, a_text_does_not_reach_over_the_end_by_the_octets_of_its_length) {
  const sql::Blob bytes = {std::byte{3}, std::byte{1}, std::byte{9}};
  PackedReader in(bytes);
  EXPECT_EQ(in.text(), "");
  EXPECT_TRUE(in.failed());
}

TEST(PackedTest, a_number_over_64_bits_is_none) {
  sql::Blob bytes(9, std::byte{0xff});
  bytes.push_back(std::byte{2});
  PackedReader in(bytes);
  in.number();
  EXPECT_TRUE(in.failed());
}

}  // namespace
}  // namespace seine::dive
