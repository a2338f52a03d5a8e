// SPDX-License-Identifier: Apache-2.0
#include "dive/api/asked_span.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};

Result<Span> asked(std::string_view query) {
  return asked_span(*web::Query::parse(query), kNow);
}
std::string refusal(std::string_view query) {
  const auto span = asked(query);
  return span ? "taken" : span.error().message;
}

TEST(AskedSpan, is_the_last_hour_where_nothing_is_said) {
  EXPECT_EQ(*asked(""), (Span{kNow - 1h, kNow}));
}

TEST(AskedSpan, is_the_last_so_many_minutes_hours_or_days) {
  EXPECT_EQ(*asked("last=10m"), (Span{kNow - 10min, kNow}));
  EXPECT_EQ(*asked("last=6h"), (Span{kNow - 6h, kNow}));
  EXPECT_EQ(*asked("last=90d"), (Span{kNow - 90 * 24h, kNow}));
}

TEST(AskedSpan, lies_between_two_moments) {
  EXPECT_EQ(*asked("from_ms=1000&to_ms=61000"), (Span{WallTime(1000ms), WallTime(61000ms)}));
  EXPECT_EQ(*asked("from_ms=1000&to_ms=61000&last=1h"), (Span{WallTime(1000ms), WallTime(61000ms)}))
      << "moments say more";
}

TEST(AskedSpan, is_refused_with_what_to_write) {
  EXPECT_EQ(refusal("last=1w"), "last is a number and m, h or d, such as 6h");
  EXPECT_EQ(refusal("last=-1h"), "last is a number and m, h or d, such as 6h");
  EXPECT_EQ(refusal("last=h"), "last is a number and m, h or d, such as 6h");
  EXPECT_EQ(refusal("last=0h"), "from_ms is to be before to_ms");
  EXPECT_EQ(refusal("last=91d"), "a span is of one minute to 90 days");
  EXPECT_EQ(refusal("from_ms=5&to_ms=6"), "a span is of one minute to 90 days");
  EXPECT_EQ(refusal("from_ms=5"), "from_ms and to_ms are given together");
  EXPECT_EQ(refusal("from_ms=60001&to_ms=5"), "from_ms is to be before to_ms");
  EXPECT_EQ(refusal("from_ms=1e9&to_ms=2e9"), "from_ms and to_ms are milliseconds since 1970");
  EXPECT_EQ(refusal("from_ms=1&to_ms=99999999999999999"),
            "from_ms and to_ms are milliseconds since 1970");
}

}  // namespace
}  // namespace seine::dive
