// SPDX-License-Identifier: Apache-2.0
#include "dive/store/pods.h"

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

constexpr Seconds kNoon = 1795348800;

TEST(PodsTest, lives_are_spread_over_the_slots_they_touch_and_add_up) {
  const std::vector<PodLife> lives = {{kNoon * 1000 + 4000, kNoon * 1000 + 21'000},
                                      {kNoon * 1000 - 60'000, kNoon * 1000 + 10'000}};
  const auto slots = lived(lives, Resolution::kTenSeconds, kNoon, kNoon + 60);
  const std::int64_t first = kNoon / 10 + 1;
  EXPECT_EQ(slots, (std::map<std::int64_t, std::uint64_t>{
                       {first, 10'000}, {first + 1, 10'000}, {first + 2, 1000}}))
      << "the bucket in which a life began is not expected of it";
}

TEST(PodsTest, the_buckets_at_the_edges_of_a_life_are_not_expected) {
  const auto slots = [](std::int64_t since, std::int64_t until) {
    return lived({{kNoon * 1000 + since, kNoon * 1000 + until, true}}, Resolution::kTenSeconds,
                 kNoon, kNoon + 60);
  };
  EXPECT_TRUE(slots(2000, 9000).empty());
  EXPECT_TRUE(slots(0, 24'900).empty()) << "its proxy counts only some seconds later";
  EXPECT_EQ(slots(4000, 25'000), (std::map<std::int64_t, std::uint64_t>{{kNoon / 10 + 2, 10'000}}));
  EXPECT_EQ(lived({{kNoon * 1000 + 2000, kNoon * 1000 + 55'000, true}}, Resolution::kMinute, kNoon,
                  kNoon + 60),
            (std::map<std::int64_t, std::uint64_t>{{kNoon / 60 + 1, 40'000}}));
}

TEST(PodsTest, what_is_outside_of_the_span_is_not_counted) {
  const std::vector<PodLife> lives = {{(kNoon - 3600) * 1000, (kNoon + 3600) * 1000}};
  const auto slots = lived(lives, Resolution::kMinute, kNoon, kNoon + 120);
  ASSERT_EQ(slots.size(), 2U);
  for (const auto& [slot, milliseconds] : slots) EXPECT_EQ(milliseconds, 60'000U);
  EXPECT_TRUE(
      lived({{(kNoon + 600) * 1000, (kNoon + 700) * 1000}}, Resolution::kMinute, kNoon, kNoon + 120)
          .empty());
}

}  // namespace
}  // namespace seine::dive
