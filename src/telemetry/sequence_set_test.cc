// SPDX-License-Identifier: Apache-2.0
#include "telemetry/sequence_set.h"

#include <gtest/gtest.h>

namespace seine::telemetry {
namespace {

TEST(SequenceSet, takes_each_number_once_in_whatever_order) {
  SequenceSet set(8);
  for (const std::uint64_t number : {3, 1, 2, 7, 6}) EXPECT_TRUE(set.insert(number)) << number;
  for (const std::uint64_t number : {3, 1, 2, 7, 6}) EXPECT_FALSE(set.insert(number)) << number;
  EXPECT_EQ(set.ranges(), (std::vector<SequenceSet::Range>{{1, 3}, {6, 7}}));
  EXPECT_TRUE(set.contains(2));
  EXPECT_FALSE(set.contains(4));
  EXPECT_EQ(set.last(), 7u);
}

TEST(SequenceSet, knows_how_many_are_missing_until_they_come) {
  SequenceSet set(8);
  set.insert(2);
  set.insert(5);
  EXPECT_EQ(set.missing(), 3u);
  for (const std::uint64_t number : {1, 3, 4}) set.insert(number);
  EXPECT_EQ(set.missing(), 0u);
  EXPECT_EQ(set.ranges().size(), 1u);
}

TEST(SequenceSet, closes_the_lowest_gap_when_there_are_too_many_and_takes_nothing_of_it_later) {
  SequenceSet set(2);
  for (const std::uint64_t number : {1, 4, 7}) EXPECT_TRUE(set.insert(number));
  EXPECT_EQ(set.ranges(), (std::vector<SequenceSet::Range>{{1, 4}, {7, 7}}));
  EXPECT_EQ(set.lost(), 2u);
  EXPECT_EQ(set.missing(), 4u);
  EXPECT_FALSE(set.insert(2)) << "it might have been counted twice otherwise";
}

TEST(SequenceSet, takes_up_to_the_last_number_there_is) {
  constexpr std::uint64_t kLast = ~std::uint64_t{0};
  SequenceSet set(2);
  EXPECT_TRUE(set.insert(kLast));
  EXPECT_TRUE(set.insert(kLast - 1));
  EXPECT_FALSE(set.insert(kLast));
  EXPECT_EQ(set.ranges().size(), 1u);
}

TEST(SequenceSet, restores_ranges_that_ascend_and_no_others) {
  SequenceSet set(2);
  EXPECT_TRUE(set.restore({{1, 3}, {5, 5}}));
  EXPECT_FALSE(set.insert(3));
  EXPECT_FALSE(set.restore({{0, 3}}));
  EXPECT_FALSE(set.restore({{3, 1}}));
  EXPECT_FALSE(set.restore({{1, 3}, {4, 5}})) << "no gap between them";
  EXPECT_FALSE(set.restore({{1, 1}, {3, 3}, {5, 5}})) << "too many";
}

}  // namespace
}  // namespace seine::telemetry
