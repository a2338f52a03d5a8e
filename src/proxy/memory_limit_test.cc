// SPDX-License-Identifier: Apache-2.0
#include "proxy/memory_limit.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "proxy/in_flight_limit.h"

namespace seine::proxy {
namespace {

using runtime::ByteBudget;
using ::testing::HasSubstr;

constexpr std::size_t kMb = 1 << 20;

TEST(MemoryLimit, what_comes_beyond_it_is_refused_and_told_which_limit_it_was) {
  ByteBudget budget(kMb);
  ByteBudget::Share share;
  share.join(budget);
  EXPECT_TRUE(admit(&budget, ByteBudget::Shed::kConnection));
  {
    const ByteBudget::Charge held(share, 2 * kMb);
    const Result<void> refused = admit(&budget, ByteBudget::Shed::kConnection);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kMemory);
    EXPECT_EQ(refused.error().to_string(),
              "memory limit: buffers hold 2097152 bytes: SEINE_PROXY_MEMORY_LIMIT allows 1048576");
  }
  EXPECT_TRUE(admit(&budget, ByteBudget::Shed::kConnection));
  EXPECT_EQ(budget.counted(ByteBudget::Shed::kConnection), 1U);
}

TEST(MemoryLimit, nothing_is_refused_where_there_is_none) {
  EXPECT_TRUE(admit(nullptr, ByteBudget::Shed::kRequest));
}

TEST(MemoryLimit, requests_take_no_place_while_it_is_exceeded) {
  ByteBudget budget(kMb);
  ByteBudget::Share share;
  share.join(budget);
  InFlightLimit limit(10, "X", &budget);
  auto before = limit.enter();
  ASSERT_TRUE(before);
  {
    const ByteBudget::Charge held(share, 2 * kMb);
    const auto refused = limit.enter();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kMemory);
    EXPECT_EQ(limit.in_flight(), 1U) << "who is in stays";
  }
  EXPECT_TRUE(limit.enter());
  EXPECT_EQ(budget.counted(ByteBudget::Shed::kRequest), 1U);
}

TEST(MemoryLimit, is_told_by_metrics) {
  ByteBudget budget(kMb);
  ByteBudget::Share share;
  share.join(budget);
  const ByteBudget::Charge held(share, kMb / 2);
  budget.count(ByteBudget::Shed::kReader);
  metrics::TextWriter writer;
  write_budget(budget, writer);
  const std::string text = std::move(writer).finish();
  EXPECT_THAT(text, HasSubstr("\nseine_buffers_held_bytes 524288\n"));
  EXPECT_THAT(text, HasSubstr("\nseine_buffers_limit_bytes 1048576\n"));
  EXPECT_THAT(text, HasSubstr("\nseine_buffers_shed_total{what=\"request\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nseine_buffers_shed_total{what=\"reader\"} 1\n"));
}

}  // namespace
}  // namespace seine::proxy
