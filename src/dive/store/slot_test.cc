// SPDX-License-Identifier: Apache-2.0
#include "dive/store/slot.h"

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kNoon{seconds(1795348800)};

TEST(SlotTest, a_bucket_belongs_to_the_slot_in_which_it_ended) {
  const std::int64_t noon = slot_at(Resolution::kTenSeconds, kNoon);
  EXPECT_EQ(slot_end(Resolution::kTenSeconds, noon), 1795348800);
  EXPECT_EQ(slot_at(Resolution::kTenSeconds, kNoon - milliseconds(1)), noon);
  EXPECT_EQ(slot_at(Resolution::kTenSeconds, kNoon - seconds(9)), noon);
  EXPECT_EQ(slot_at(Resolution::kTenSeconds, kNoon - seconds(10)), noon - 1);
  EXPECT_EQ(slot_at(Resolution::kTenSeconds, kNoon + milliseconds(1)), noon + 1);
}

TEST(SlotTest, slots_of_coarser_resolutions_are_made_of_whole_ones_of_the_finest) {
  for (std::int64_t finest = 179534880; finest < 179534880 + 1000; ++finest) {
    const WallTime end = from_seconds(slot_end(Resolution::kTenSeconds, finest));
    for (const Resolution resolution : kResolutions) {
      EXPECT_EQ(slot_of_finest(resolution, finest), slot_at(resolution, end));
    }
  }
}

TEST(SlotTest, spans_hold_the_slots_that_end_after_their_begin_and_up_to_their_end) {
  for (const Resolution resolution : kResolutions) {
    const std::int64_t span = 1795348800 / shape_of(resolution).span_seconds;
    const std::int64_t first = span * slots_per_span(resolution) + 1;
    EXPECT_EQ(span_of_slot(resolution, first), span);
    EXPECT_EQ(span_of_slot(resolution, first - 1), span - 1);
    EXPECT_EQ(slot_end(resolution, first - 1), span_begin(resolution, span));
    EXPECT_EQ(slot_end(resolution, first + slots_per_span(resolution) - 1),
              span_end(resolution, span));
  }
}

}  // namespace
}  // namespace seine::dive
