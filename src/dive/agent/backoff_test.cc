// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/backoff.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, doubles_up_to_its_limit_and_begins_again_after_progress) {
  std::minstd_rand random(3);
  Backoff backoff(random, milliseconds(100), seconds(30));
  Duration whole = milliseconds(100);
  for (int i = 0; i < 20; ++i) {
    const Duration wait = backoff.next();
    EXPECT_GE(wait, whole / 2) << i;
    EXPECT_LE(wait, whole) << i;
    whole = std::min<Duration>(whole * 2, seconds(30));
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(Backoff, does_not_have_two_agents_come_back_together) {
  std::minstd_rand random(3);
  Backoff one(random, seconds(30), seconds(30));
  Backoff other(random, seconds(30), seconds(30));
  EXPECT_NE(one.next(), other.next());
}

}  // namespace
}  // namespace seine::dive
