// SPDX-License-Identifier: Apache-2.0
#include "dive/store/plan.h"

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

constexpr Seconds kNoon = 1795348800;
constexpr Seconds kHours = 3600;
constexpr Seconds kDays = 24 * kHours;
constexpr GoneUntil kGone = {kNoon - 6 * kHours, kNoon - 8 * kDays, kNoon - 90 * kDays};

TEST(PlanTest, each_part_of_a_span_is_read_at_the_finest_that_is_kept_there) {
  const Seconds from = kNoon - 10 * kDays + 17;
  EXPECT_EQ(plan(from, kNoon + 5, Detail::kFinest, kGone),
            (std::vector<Piece>{{Resolution::kHour, from, kGone[1]},
                                {Resolution::kMinute, kGone[1], kGone[0]},
                                {Resolution::kTenSeconds, kGone[0], kNoon + 5}}));
}

TEST(PlanTest, a_sum_takes_hours_and_only_its_ends_finer) {
  const Seconds from = kNoon - 7 * kDays + 90;
  EXPECT_EQ(plan(from, kNoon + 70, Detail::kTotals, kGone),
            (std::vector<Piece>{{Resolution::kMinute, from, kNoon - 7 * kDays + kHours},
                                {Resolution::kHour, kNoon - 7 * kDays + kHours, kNoon},
                                {Resolution::kTenSeconds, kNoon, kNoon + 70}}));
  EXPECT_EQ(plan(kNoon + 60, kNoon + 70, Detail::kTotals, kGone),
            (std::vector<Piece>{{Resolution::kTenSeconds, kNoon + 60, kNoon + 70}}));
  EXPECT_EQ(plan(kNoon - kHours, kNoon, Detail::kTotals, kGone),
            (std::vector<Piece>{{Resolution::kHour, kNoon - kHours, kNoon}}));
}

TEST(PlanTest, pieces_adjoin_whatever_is_asked_and_whatever_is_kept) {
  for (const Detail detail : {Detail::kFinest, Detail::kTotals}) {
    for (Seconds from = kNoon - 91 * kDays; from < kNoon; from += 29 * kHours + 1234) {
      for (const Seconds length : {1, 59, 3599, 3600, 3601, 86400, 7 * 86400, 91 * 86400}) {
        Seconds at = std::max(from, kGone[2]);
        for (const Piece& piece : plan(from, from + length, detail, kGone)) {
          EXPECT_EQ(piece.from, at);
          EXPECT_GT(piece.to, piece.from);
          at = piece.to;
        }
        if (from + length > kGone[2]) EXPECT_EQ(at, from + length);
      }
    }
  }
}

TEST(PlanTest, nothing_is_read_where_nothing_is_kept_or_asked) {
  EXPECT_TRUE(plan(0, kNoon - 91 * kDays, Detail::kFinest, kGone).empty());
  EXPECT_TRUE(plan(kNoon, kNoon, Detail::kTotals, kGone).empty());
  EXPECT_TRUE(plan(kNoon, kNoon - 10, Detail::kFinest, kGone).empty());
}

TEST(PlanTest, what_was_removed_is_not_looked_for_even_if_it_should_be_kept) {
  // Minutes were kept for less time than tens of seconds are now.
  const GoneUntil odd = {kNoon - 6 * kHours, kNoon - 2 * kHours, kNoon - 90 * kDays};
  EXPECT_EQ(plan(kNoon - 3 * kHours, kNoon, Detail::kFinest, odd),
            (std::vector<Piece>{{Resolution::kHour, kNoon - 3 * kHours, kNoon - 2 * kHours},
                                {Resolution::kTenSeconds, kNoon - 2 * kHours, kNoon}}));
}

}  // namespace
}  // namespace seine::dive
