// SPDX-License-Identifier: Apache-2.0
#include "http/headers.h"

#include "gtest/gtest.h"

namespace seine::http {
namespace {

TEST(Headers, keeps_order_and_lowers_names) {
  Headers headers;
  headers.add("Host", "a");
  headers.add("X-One", "1");
  headers.add("x-one", "2");
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers.at(0).name, "host");
  EXPECT_EQ(headers.at(2).value, "2");
  EXPECT_EQ(headers.get("x-one"), "1");
  EXPECT_EQ(headers.count("x-one"), 2U);
  EXPECT_EQ(headers.list_size(), 4 + 1 + 2 * (5 + 1) + 3 * 32U);
}

TEST(Headers, set_leaves_one_and_remove_leaves_none) {
  Headers headers;
  headers.add("a", "1");
  headers.add("b", "2");
  headers.add("a", "3");
  headers.set("a", "4");
  EXPECT_EQ(headers.count("a"), 1U);
  EXPECT_EQ(headers.get("a"), "4");
  EXPECT_EQ(headers.remove("a"), 1U);
  EXPECT_FALSE(headers.contains("a"));
  EXPECT_EQ(headers.get("b"), "2");
}

TEST(FieldValue, refuses_what_could_split_a_message) {
  EXPECT_TRUE(is_field_value("a b\tc\xff"));
  EXPECT_TRUE(is_field_value(""));
  for (const std::string_view bad :
       {std::string_view("a\rb"), std::string_view("a\nb"), std::string_view("a\0b", 3),
        std::string_view(" a"), std::string_view("a\t"), std::string_view("\x7f")}) {
    EXPECT_FALSE(is_field_value(bad));
  }
  EXPECT_TRUE(is_token("X-A_b!"));
  EXPECT_FALSE(is_token("a b"));
  EXPECT_FALSE(is_token(""));
}

TEST(Headers, take_as_much_memory_as_they_hold_however_many_there_are) {
  Headers headers;
  // Were each field to double what is held, there would not be enough memory in the world.
  for (int i = 0; i < 100; ++i) headers.add("x-" + std::to_string(i), std::string(40, 'v'));
  EXPECT_EQ(headers.size(), 100U);
  EXPECT_EQ(headers.get("x-99"), std::string(40, 'v'));
}

}  // namespace
}  // namespace seine::http
