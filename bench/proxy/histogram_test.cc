// SPDX-License-Identifier: Apache-2.0
#include "proxy/histogram.h"

#include <gtest/gtest.h>

#include <chrono>

namespace seine::bench {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(Histogram, of_nothing_answers_zero) {
  EXPECT_EQ(Histogram().at(0.99), nanoseconds(0));
}

TEST(Histogram, quantiles_of_a_ramp_are_within_one_percent) {
  Histogram histogram;
  for (int us = 1; us <= 10000; ++us) histogram.record(microseconds(us));
  for (const double quantile : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = quantile * 1e7;
    EXPECT_NEAR(static_cast<double>(histogram.at(quantile).count()), exact, exact * 0.01);
  }
  EXPECT_EQ(histogram.count(), 10000U);
}

TEST(Histogram, the_highest_quantile_is_the_exact_maximum) {
  Histogram histogram;
  histogram.record(nanoseconds(1234567));
  histogram.record(nanoseconds(7654321));
  EXPECT_EQ(histogram.at(1.0), nanoseconds(7654321));
  EXPECT_EQ(histogram.max(), nanoseconds(7654321));
}

TEST(Histogram, values_out_of_range_count_at_its_ends) {
  Histogram histogram;
  histogram.record(nanoseconds(-5));
  histogram.record(hours(30));
  EXPECT_EQ(histogram.at(0.5), nanoseconds(0));
  EXPECT_EQ(histogram.max(), hours(1));
}

TEST(Histogram, small_values_are_exact) {
  Histogram histogram;
  for (int ns = 0; ns < 256; ++ns) histogram.record(nanoseconds(ns));
  EXPECT_EQ(histogram.at(0.25), nanoseconds(63));
  EXPECT_EQ(histogram.at(0.75), nanoseconds(191));
}

}  // namespace
}  // namespace seine::bench
