// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/kept_pod.h"

#include <gtest/gtest.h>

#include <chrono>

namespace seine::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(KeptPod, pauses_grow_while_a_program_ends_again_and_again) {
  Duration pause{};
  std::vector<Duration> pauses;
  for (int i = 0; i < 9; ++i) {
    pause = pause_after(pause, seconds(1), 1);
    pauses.push_back(pause);
  }
  EXPECT_EQ(pauses[0], milliseconds(100));
  EXPECT_EQ(pauses[1], milliseconds(200));
  EXPECT_EQ(pauses[6], milliseconds(6400));
  EXPECT_EQ(pauses[7], seconds(10));
  EXPECT_EQ(pauses[8], seconds(10));
}

TEST(KeptPod, a_program_that_ran_for_long_is_started_again_soon) {
  EXPECT_EQ(pause_after(seconds(10), seconds(31), 137), milliseconds(100));
  EXPECT_EQ(pause_after(seconds(10), seconds(30), 137), seconds(10));
}

TEST(KeptPod, a_program_that_refuses_what_it_is_told_is_not_hurried) {
  EXPECT_EQ(pause_after({}, milliseconds(5), 64), seconds(10));
  EXPECT_EQ(pause_after(milliseconds(100), seconds(40), 64), seconds(10));
}

}  // namespace
}  // namespace seine::cli
