// SPDX-License-Identifier: Apache-2.0
#include "web/encoding.h"

#include <gtest/gtest.h>

#include "web/rate_limit.h"

namespace seine::web {
namespace {

using namespace std::chrono_literals;

TEST(Encoding, is_taken_when_named_or_by_a_star_and_not_with_q_zero) {
  for (const char* header :
       {"br", "gzip, br", "gzip;q=0.5 , BR ;q=0.1", "*", "*;q=0, br", "br;q=1.0", "br;level=4"}) {
    EXPECT_TRUE(accepts_coding(header, "br")) << header;
  }
  for (const char* header : {"", "gzip", "br;q=0", "br; q=0.000", "*, br;q=0", "*;q=0", "brr",
                             "gzip;br", "br;x=1;Q=0"}) {
    EXPECT_FALSE(accepts_coding(header, "br")) << header;
  }
}

TEST(Etag, matches_in_a_list_weakly_or_by_a_star) {
  for (const char* header : {"\"a\"", "\"b\", \"a\"", "W/\"a\"", "*", " \"a\" "}) {
    EXPECT_TRUE(matches_etag(header, "\"a\"")) << header;
  }
  for (const char* header : {"", "a", "\"b\"", "\"a", "w/\"a\"", "\"A\""}) {
    EXPECT_FALSE(matches_etag(header, "\"a\"")) << header;
  }
}

TEST(RateLimit, gives_a_burst_and_then_one_every_so_often) {
  const TimePoint start = TimePoint() + 1000s;
  RateLimit limit(3, 2s);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take(start));
  EXPECT_FALSE(limit.take(start));
  EXPECT_FALSE(limit.take(start + 1999ms));
  EXPECT_TRUE(limit.take(start + 2s));
  EXPECT_FALSE(limit.take(start + 3999ms));
  EXPECT_TRUE(limit.take(start + 4s)) << "what was refused has not put the next one off";
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take(start + 1h));
  EXPECT_FALSE(limit.take(start + 1h)) << "no more than the burst is kept";
}

}  // namespace
}  // namespace seine::web
