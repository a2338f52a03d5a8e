// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/budget.h"

#include "gtest/gtest.h"

#include "dive/slo/number_text.h"
#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

// 10,000 requests at 99%: 100 may fail.
TEST(Budget, is_what_is_left_of_what_may_fail) {
  const Budget budget(goal("99%"), counts(10'000, 40));
  EXPECT_EQ(format_percent(*budget.compliance(), 1, Cut::kDown), "99.6%");
  EXPECT_EQ(format_percent(*budget.left(), 1, Cut::kDown), "60%");
  EXPECT_EQ(format_percent(*budget.spent(), 1, Cut::kUp), "40%");
  EXPECT_EQ(budget.may_still_fail(), 60U);
  EXPECT_EQ(budget.over(), 0U);
  // 60 / 0.99 = 60.6
  EXPECT_EQ(budget.failures_in_a_row(), 60U);
  EXPECT_EQ(budget.successes_in_a_row(), 0U);
  EXPECT_TRUE(budget.is_met());
  EXPECT_FALSE(budget.is_exhausted());
}

TEST(Budget, goes_below_nothing) {
  const Budget budget(goal("99%"), counts(10'000, 250));
  EXPECT_EQ(format_percent(*budget.left(), 1, Cut::kDown), "-150%");
  EXPECT_EQ(format_percent(*budget.spent(), 1, Cut::kUp), "250%");
  EXPECT_EQ(budget.may_still_fail(), 0U);
  EXPECT_EQ(budget.over(), 150U);
  EXPECT_EQ(budget.failures_in_a_row(), 0U);
  // 25,000 requests allow 250 failures.
  EXPECT_EQ(budget.successes_in_a_row(), 15'000U);
  EXPECT_FALSE(budget.is_met());
  EXPECT_TRUE(budget.is_exhausted());
}

TEST(Budget, in_a_row_is_exact_at_the_edge) {
  for (const std::uint64_t bad : {1U, 5U, 99U, 100U, 101U, 333U}) {
    const std::uint64_t total = 10'007;
    const Budget budget(goal("99%"), counts(total, bad));
    const std::uint64_t more = budget.failures_in_a_row();
    if (budget.is_met()) {
      EXPECT_TRUE(Budget(goal("99%"), counts(total + more, bad + more)).is_met());
      EXPECT_FALSE(Budget(goal("99%"), counts(total + more + 1, bad + more + 1)).is_met());
    } else {
      const std::uint64_t good = budget.successes_in_a_row();
      EXPECT_TRUE(Budget(goal("99%"), counts(total + good, bad)).is_met());
      EXPECT_FALSE(Budget(goal("99%"), counts(total + good - 1, bad)).is_met());
    }
  }
}

TEST(Budget, that_is_spent_to_the_last_is_exhausted_and_met) {
  const Budget budget(goal("99%"), counts(10'000, 100));
  EXPECT_EQ(format_percent(*budget.left(), 1, Cut::kDown), "0%");
  EXPECT_TRUE(budget.is_met());
  EXPECT_TRUE(budget.is_exhausted());
  EXPECT_EQ(budget.over(), 0U);
}

TEST(Budget, of_no_traffic_is_neither_full_nor_empty) {
  const Budget budget(goal("99%"), {});
  EXPECT_FALSE(budget.has_traffic());
  EXPECT_FALSE(budget.compliance());
  EXPECT_FALSE(budget.left());
  EXPECT_FALSE(budget.spent());
  EXPECT_FALSE(budget.is_met());
  EXPECT_FALSE(budget.is_exhausted());
}

TEST(Budget, of_few_requests_is_less_than_one_failure) {
  const Budget budget(goal("99.99%"), counts(50, 0));
  EXPECT_EQ(budget.may_still_fail(), 0U);
  EXPECT_EQ(format_percent(*budget.left(), 1, Cut::kDown), "100%");
  EXPECT_FALSE(budget.is_exhausted());
}

TEST(Budget, bears_the_largest_counts) {
  const Budget budget(goal("0.0000001%"), {kMaxCount, kMaxCount});
  EXPECT_EQ(format_percent(*budget.compliance(), kMaxDecimals, Cut::kDown), "50%");
  EXPECT_TRUE(budget.is_met());
  EXPECT_GT(budget.failures_in_a_row(), kMaxCount);
}

}  // namespace
}  // namespace seine::dive
