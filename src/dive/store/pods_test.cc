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
                       {first, 6000 + 10'000}, {first + 1, 10'000}, {first + 2, 1000}}));
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
