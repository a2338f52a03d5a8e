// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/series.h"

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

using std::chrono::minutes;

TEST(Series, counts_each_bucket_once_in_spans_that_adjoin) {
  const auto series = minutes_of(10, counts(100, 1));
  const WallTime middle = kNow - minutes(4);
  const BucketSeries late = within(series, {middle, kNow});
  const BucketSeries early = within(series, {kNow - minutes(10), middle});
  EXPECT_EQ(late.size(), 4U);
  EXPECT_EQ(early.size(), 6U);
  EXPECT_EQ(late.front().end, middle + minutes(1));
  EXPECT_EQ(early.back().end, middle);
}

TEST(Series, may_have_buckets_of_any_length) {
  std::vector<CountBucket> series = minutes_of(2, counts(10, 0));
  series.insert(
      series.begin(),
      {.end = kNow - minutes(60), .tally = {.counts = counts(600, 6)}, .coverage = {60, 60}});
  const Sum sum = sum_of(within(series, {kNow - minutes(120), kNow}));
  EXPECT_EQ(sum.tally.counts, (Outcomes{614, 6}));
  EXPECT_EQ(sum.coverage, (Coverage{62, 62}));
}

TEST(Series, of_nothing_is_empty) {
  EXPECT_TRUE(within({}, {kNow - minutes(1), kNow}).empty());
  EXPECT_EQ(sum_of({}).tally, Tally{});
}

TEST(Coverage, is_whole_where_nothing_was_expected) {
  EXPECT_EQ(Coverage{}.share(), (Ratio{1, 1}));
  EXPECT_EQ((Coverage{3, 4}.share()), (Ratio{3, 4}));
  EXPECT_EQ((Coverage{5, 4}.share()), (Ratio{4, 4}));
}

}  // namespace
}  // namespace seine::dive
