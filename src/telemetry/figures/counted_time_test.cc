// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/counted_time.h"

#include <gtest/gtest.h>

namespace seine::telemetry {
namespace {

using std::chrono::seconds;

WallTime at(int second) {
  return WallTime(seconds(1'767'225'600 + second));
}

TEST(CountedTime, is_the_union_of_spans_in_any_order) {
  CountedTime time;
  EXPECT_EQ(time.total(), seconds(0));
  time.add(at(40), at(50));
  time.add(at(0), at(10));
  EXPECT_EQ(time.total(), seconds(20));
  time.add(at(10), at(20));
  EXPECT_EQ(time.total(), seconds(30)) << "they follow one another";
  time.add(at(5), at(45));
  EXPECT_EQ(time.total(), seconds(50)) << "over all of them";
  time.add(at(5), at(45));
  time.add(at(20), at(20));
  time.add(at(90), at(80));
  EXPECT_EQ(time.total(), seconds(50));
}

TEST(CountedTime, does_not_count_the_time_between_two_spans) {
  CountedTime time;
  time.add(at(0), at(10));
  time.add(at(30), at(40));
  time.add(at(15), at(20));
  EXPECT_EQ(time.total(), seconds(25));
}

}  // namespace
}  // namespace seine::telemetry
