// SPDX-License-Identifier: Apache-2.0
#include "cli/cells.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Cells, OnlyAPerfectRecordIsAHundredPercent) {
  EXPECT_EQ(success_cell(100, 100), "100.00%");
  EXPECT_EQ(success_cell(99'999, 100'000), "99.99%");
  EXPECT_EQ(success_cell(1, 3), "33.33%");
  EXPECT_EQ(success_cell(0, 3), "0.00%");
  EXPECT_EQ(success_cell(0, 0), "-");
}

TEST(Cells, CountsOfYearsDoNotOverflow) {
  constexpr std::uint64_t kMany = 9'000'000'000'000'000'000;
  EXPECT_EQ(success_cell(kMany / 2, kMany), "50.00%");
}

TEST(Cells, LatencyIsRoundedUpToWholeMilliseconds) {
  EXPECT_EQ(latency_cell(microseconds(58'949)), "59ms");
  EXPECT_EQ(latency_cell(microseconds(200)), "1ms");
  EXPECT_EQ(latency_cell(milliseconds(7)), "7ms");
  EXPECT_EQ(latency_cell(std::nullopt), "-");
}

TEST(Cells, RatesHaveOneDigit) {
  EXPECT_EQ(rate_cell(0), "0.0rps");
  EXPECT_EQ(rate_cell(12.34), "12.3rps");
}

TEST(Cells, ByteRatesChangeTheirUnit) {
  EXPECT_EQ(byte_rate_cell(850), "850B/s");
  EXPECT_EQ(byte_rate_cell(1234), "1.2kB/s");
  EXPECT_EQ(byte_rate_cell(999'960), "1.0MB/s");
}

TEST(Cells, AgesHaveTwoUnitsAtMost) {
  EXPECT_EQ(age_cell(seconds(3)), "3s");
  EXPECT_EQ(age_cell(seconds(312)), "5m12s");
  EXPECT_EQ(age_cell(hours(4)), "4h");
  EXPECT_EQ(age_cell(hours(4) + seconds(130)), "4h2m");
  EXPECT_EQ(age_cell(hours(24 * 12 + 3)), "12d3h");
  EXPECT_EQ(age_cell(seconds(-5)), "0s");
}

TEST(Cells, MeshedIsAShare) {
  EXPECT_EQ(meshed_cell(2, 3), "2/3");
}

}  // namespace
}  // namespace seine::cli
