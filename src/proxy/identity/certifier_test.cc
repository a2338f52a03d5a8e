// SPDX-License-Identifier: Apache-2.0
#include "proxy/identity/certifier.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

TEST(RefreshAfter, is_seventy_percent_of_life_within_its_bounds) {
  EXPECT_EQ(refresh_after(100s, 10s, 24h), 70s);
  EXPECT_EQ(refresh_after(5s, 10s, 24h), 10s);
  EXPECT_EQ(refresh_after(240h, 10s, 24h), 24h);
  EXPECT_EQ(refresh_after(-5s, 10s, 24h), 10s);
}

}  // namespace
}  // namespace seine::proxy
