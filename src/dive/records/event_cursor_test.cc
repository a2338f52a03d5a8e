// SPDX-License-Identifier: Apache-2.0
#include "dive/records/event_cursor.h"

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

WallTime at(std::int64_t nanoseconds) {
  return WallTime(Duration(nanoseconds));
}

TEST(EventCursorTest, it_is_read_back_as_it_was_written) {
  for (const EventPart part : {EventPart::kGoingOn, EventPart::kToCome, EventPart::kOver}) {
    const EventCursor cursor{at(1795348800000000001), part, at(-7),
                             "rollout.demo.shop.deploy.a.b.17"};
    const auto read = parse_cursor(format_cursor(cursor));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, cursor);
  }
  EXPECT_EQ(parse_cursor("5.2.3.")->id, "");
}

TEST(EventCursorTest, what_is_none_is_refused) {
  const std::string long_id(2000, 'a');
  for (const std::string& text :
       {std::string(), std::string("..."), std::string("1"), std::string("1.2.3"),
        std::string("1.3.3.a"), std::string("1.-1.3.a"), std::string("1.0.x.a"),
        std::string("1.0.1 .a"), std::string("1.0.1.a b"), std::string("1.0.1.\0", 7),
        std::string("1.0.1.\xff"), std::string("99999999999999999999.0.1.a"), "1.0.1." + long_id}) {
    const auto read = parse_cursor(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace seine::dive
