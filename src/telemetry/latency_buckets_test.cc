// SPDX-License-Identifier: Apache-2.0
#include "telemetry/latency_buckets.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace seine::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LatencyBuckets, a_bucket_begins_above_its_bound_and_ends_at_the_next) {
  EXPECT_EQ(latency_bucket(1000ns), 0);
  EXPECT_EQ(latency_bucket(1001ns), 0);
  EXPECT_EQ(latency_bucket(1090ns), 0);
  EXPECT_EQ(latency_bucket(1091ns), 1);
  EXPECT_EQ(latency_bucket(2us), 7);
  EXPECT_EQ(latency_bucket(2001ns), 8);
  EXPECT_EQ(latency_bucket(1024us), 79);
  EXPECT_EQ(latency_bucket(1024us + 1ns), 80);
}

TEST(LatencyBuckets, what_is_out_of_range_is_in_the_first_and_the_last_bucket) {
  EXPECT_EQ(latency_bucket(Duration::min()), 0);
  EXPECT_EQ(latency_bucket(0ns), 0);
  EXPECT_EQ(latency_bucket(std::chrono::microseconds(1ULL << 32)), 255);
  EXPECT_EQ(latency_bucket(std::chrono::microseconds(1ULL << 32) + 1ns), 255);
  EXPECT_EQ(latency_bucket(Duration::max()), 255);
}

TEST(LatencyBuckets, every_latency_lies_within_the_bounds_of_its_bucket) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(std::log2(1001.0), std::log2(4e12));
  for (int i = 0; i < 200'000; ++i) {
    const Duration latency(static_cast<std::int64_t>(std::exp2(exponent(random))));
    const LatencyBounds bounds = latency_bounds(latency_bucket(latency));
    ASSERT_GT(Microseconds(latency), bounds.lower) << latency.count();
    ASSERT_LE(Microseconds(latency), bounds.upper) << latency.count();
  }
}

TEST(LatencyBuckets, bounds_meet_and_are_9_1_percent_apart) {
  EXPECT_EQ(latency_bounds(0).lower, 0us);
  for (unsigned i = 1; i < kLatencyBuckets; ++i) {
    const LatencyBounds bounds = latency_bounds(static_cast<std::uint8_t>(i));
    EXPECT_EQ(bounds.lower, latency_bounds(static_cast<std::uint8_t>(i - 1)).upper);
    EXPECT_NEAR(bounds.upper / bounds.lower, 1.0905, 0.0001);
  }
  EXPECT_EQ(latency_bounds(255).upper, Microseconds(4294967296.0));
}

TEST(LatencyHistogram, a_quantile_of_nothing_is_nothing) {
  EXPECT_EQ(LatencyHistogram().quantile(0.5), std::nullopt);
}

TEST(LatencyHistogram, requests_are_spread_evenly_within_their_bucket) {
  LatencyHistogram histogram;
  histogram.add(80, 10);  // 1024 to 1116.7 us
  const LatencyBounds bounds = latency_bounds(80);
  EXPECT_EQ(histogram.quantile(0), bounds.lower);
  EXPECT_NEAR(histogram.quantile(0.5)->count(), (bounds.lower + bounds.upper).count() / 2, 0.001);
  EXPECT_EQ(histogram.quantile(1), bounds.upper);
  EXPECT_EQ(histogram.quantile(7), bounds.upper);
}

TEST(LatencyHistogram, the_bucket_is_the_first_whose_cumulative_count_reaches_the_rank) {
  LatencyHistogram histogram;
  histogram.add(10, 50);
  histogram.add(20, 49);
  histogram.add(200, 1);
  EXPECT_EQ(histogram.quantile(0.5), latency_bounds(10).upper);
  EXPECT_EQ(histogram.quantile(0.99), latency_bounds(20).upper);
  EXPECT_GT(histogram.quantile(0.995), latency_bounds(200).lower);
}

TEST(LatencyHistogram, quantiles_are_within_a_bucket_of_the_truth) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> latencies(std::log(3000.0), 1.0);
  LatencyHistogram histogram;
  std::vector<double> all;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(latencies(random));
    histogram.add(std::chrono::duration_cast<Duration>(Microseconds(all.back())));
  }
  std::ranges::sort(all);
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double truth = all[static_cast<std::size_t>(q * 20'000)];
    EXPECT_NEAR(histogram.quantile(q)->count(), truth, truth * 0.095) << q;
  }
}

TEST(LatencyHistogram, merging_adds) {
  LatencyHistogram a;
  a.add(5, 1);
  a.add(3, 2);
  LatencyHistogram b;
  b.add(5, 10);
  b.add(9, 1);
  a.merge(b);
  using Count = LatencyHistogram::Count;
  EXPECT_THAT(a.counts(), ElementsAre(Count{3, 2}, Count{5, 11}, Count{9, 1}));
  EXPECT_EQ(a.total(), 14);
}

TEST(LatencyHistogram, what_the_wire_carries_is_taken_whole_or_not_at_all) {
  LatencyHistogram histogram;
  using Indices = std::vector<std::uint32_t>;
  using Counts = std::vector<std::uint64_t>;
  EXPECT_FALSE(histogram.add(Indices{1, 2}, Counts{1}));
  EXPECT_FALSE(histogram.add(Indices{1, 256}, Counts{1, 1}));
  EXPECT_FALSE(histogram.add(Indices{2, 2}, Counts{1, 1}));
  EXPECT_FALSE(histogram.add(Indices{2, 1}, Counts{1, 1}));
  EXPECT_THAT(histogram.counts(), IsEmpty());
  EXPECT_TRUE(histogram.add(Indices{0, 255}, Counts{4, 5}));
  EXPECT_EQ(histogram.total(), 9);
}

}  // namespace
}  // namespace seine::telemetry
