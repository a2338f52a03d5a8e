// SPDX-License-Identifier: Apache-2.0
#include "sql/value.h"

#include <cmath>

#include "gtest/gtest.h"

namespace seine::sql {
namespace {

TEST(Value, a_column_is_read_as_what_it_is_or_not_at_all) {
  const Values row{7, "x", Null{}, 0.5};
  EXPECT_EQ(get<std::int64_t>(row, 0).value_or(0), 7);
  EXPECT_EQ(get<std::string>(row, 1).value_or(""), "x");
  EXPECT_EQ(get<double>(row, 3).value_or(0), 0.5);
  EXPECT_EQ(get<std::string>(row, 0).error().message,
            "column 0 holds integer where text was expected");
  EXPECT_EQ(get<double>(row, 4).error().message,
            "column 4 holds nothing where double was expected");
}

TEST(Value, only_what_is_asked_for_as_optional_may_be_null) {
  const Values row{Null{}, 1};
  EXPECT_FALSE(get<std::int64_t>(row, 0).has_value());
  EXPECT_EQ(get_optional<std::int64_t>(row, 0).value(), std::nullopt);
  EXPECT_EQ(get_optional<std::int64_t>(row, 1).value(), 1);
}

TEST(Value, text_is_utf8_without_nul) {
  for (const char* good : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(check_values({good}, 100).has_value()) << good;
  }
  for (const char* bad :
       {"\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
    EXPECT_EQ(check_values({1, bad}, 100).error().message,
              "$2 is not UTF-8 without NUL; bytes belong into a blob");
  }
  EXPECT_FALSE(check_values({std::string(1, '\0')}, 100).has_value());
}

TEST(Value, what_is_too_large_or_no_number_is_refused) {
  EXPECT_TRUE(check_values({Blob(100), std::string(100, 'x'), INFINITY}, 100).has_value());
  EXPECT_EQ(check_values({Blob(101)}, 100).error().code, ErrorCode::kLimit);
  EXPECT_EQ(check_values({std::nan("")}, 100).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace seine::sql
