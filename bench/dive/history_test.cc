// SPDX-License-Identifier: Apache-2.0
#include "dive/history.h"

#include <numeric>
#include <set>

#include "gtest/gtest.h"

namespace seine::bench {
namespace {

constexpr Minute kNoon = 29922480;

TEST(History, is_the_same_for_whoever_asks) {
  const History one(10), other(10);
  for (Minute minute = kNoon; minute < kNoon + 100; ++minute) {
    EXPECT_EQ(one.in_minute(3, 1, minute), other.in_minute(3, 1, minute));
  }
  EXPECT_NE(one.in_minute(3, 0, kNoon), one.in_minute(4, 0, kNoon));
}

TEST(History, is_whole_in_six_parts) {
  const History history(60);
  for (int service = 0; service < 60; ++service) {
    for (int route = 0; route < kRoutes; ++route) {
      Requests sum;
      for (int sixth = 0; sixth < 6; ++sixth) {
        const Requests part = history.in_ten_seconds(service, route, kNoon, sixth);
        sum.good += part.good;
        sum.bad += part.bad;
      }
      EXPECT_EQ(sum, history.in_minute(service, route, kNoon));
    }
  }
}

TEST(History, has_a_next_version_every_four_days) {
  const History history(5);
  for (int service = 0; service < 5; ++service) {
    std::set<std::int64_t> versions;
    for (Minute minute = kNoon; minute < kNoon + 2 * kRolloutMinutes; ++minute) {
      versions.insert(history.version(service, minute));
    }
    EXPECT_EQ(versions.size(), 3U);
  }
}

TEST(History, gives_each_request_a_latency) {
  std::vector<std::uint32_t> buckets(256);
  History::add_latencies(1, 500, buckets);
  EXPECT_EQ(std::accumulate(buckets.begin(), buckets.end(), 0U), 500U);
}

TEST(History, of_who_calls_whom_goes_round) {
  const History history(4);
  for (int service = 0; service < 4; ++service) {
    EXPECT_EQ(history.callee_of(history.caller_of(service)), service);
  }
}

}  // namespace
}  // namespace seine::bench
