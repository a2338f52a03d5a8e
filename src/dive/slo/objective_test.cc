// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/objective.h"

#include "gtest/gtest.h"

#include "dive/slo/testing/count_series.h"

namespace seine::dive {
namespace {

TEST(Objective, of_a_service_is_taken) {
  EXPECT_TRUE(check_objective(objective("99%")));
}

TEST(Objective, may_be_described_in_any_script) {
  Objective described = objective("99%");
  described.description = "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d <b>\n\t\xf0\x9f\x90\x9f";
  EXPECT_TRUE(check_objective(described));
  for (const char* bad : {"\xff", "\x1b[1m", "\xe2\x80\xae", "\n"}) {
    described.description = bad;
    EXPECT_FALSE(check_objective(described));
  }
  described.description = std::string(kMaxDescription + 1, 'a');
  EXPECT_FALSE(check_objective(described));
}

TEST(Objective, refuses_what_no_service_is_called) {
  for (const std::string& bad : {std::string(), std::string("Payments"), std::string("-a"),
                                 std::string("a b"), std::string("a.b"), std::string(64, 'a')}) {
    Objective wrong = objective("99%");
    wrong.subject.name = bad;
    const auto checked = check_objective(wrong);
    ASSERT_FALSE(checked) << bad;
    EXPECT_TRUE(checked.error().message.starts_with("service '")) << checked.error().message;
  }
}

TEST(Objective, of_a_workload_may_have_the_longest_name) {
  Objective long_one = objective("99%");
  long_one.subject.kind = Subject::Kind::kWorkload;
  long_one.subject.name = std::string(253, 'a');
  EXPECT_TRUE(check_objective(long_one));
  long_one.name = default_name(long_one);
  EXPECT_EQ(long_one.name.size(), kMaxObjectiveName);
  EXPECT_TRUE(check_objective(long_one));
}

TEST(Objective, refuses_thresholds_that_no_histogram_tells) {
  Objective wrong = objective("99%");
  for (const Duration bad :
       {Duration(0), Duration(std::chrono::microseconds(1500)), Duration(std::chrono::hours(2))}) {
    wrong.latency = bad;
    EXPECT_FALSE(check_objective(wrong));
  }
}

TEST(Objective, is_named_after_what_it_says) {
  EXPECT_EQ(default_name(objective("99%")), "payments-success-7d");
  Objective quick = objective("99%", "month");
  quick.latency = std::chrono::milliseconds(50);
  EXPECT_EQ(default_name(quick), "payments-latency-50ms-month");
}

}  // namespace
}  // namespace seine::dive
