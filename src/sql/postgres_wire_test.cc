// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres_wire.h"

#include <limits>

#include "gtest/gtest.h"

namespace seine::sql {
namespace {

TEST(PostgresWire, a_value_is_read_as_it_was_written) {
  const Values values{std::numeric_limits<std::int64_t>::min(), -1,    0, 1.25, -0.0, "text", "",
                      Blob{std::byte{0}, std::byte{200}},       Blob{}};
  for (const Value& value : values) {
    const auto back = decode(oid_of(value), encode(value));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, value);
  }
  EXPECT_EQ(oid_of(Null{}), 0U);
}

TEST(PostgresWire, narrow_numbers_keep_their_sign) {
  EXPECT_EQ(decode(21, "\xff\xfe").value(), Value(-2));
  EXPECT_EQ(decode(23, "\xff\xff\xff\xfd").value(), Value(-3));
  EXPECT_EQ(decode(16, "\x01").value(), Value(1));
}

TEST(PostgresWire, a_wrong_size_or_an_unknown_type_is_an_error) {
  EXPECT_EQ(decode(20, "1234567").error().code, ErrorCode::kProtocol);
  EXPECT_EQ(decode(16, "").error().code, ErrorCode::kProtocol);
  EXPECT_EQ(decode(1700, "12").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace seine::sql
