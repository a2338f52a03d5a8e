// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/goal.h"

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

TEST(Goal, is_exact_and_written_as_it_was_read) {
  for (const char* text : {"99%", "99.9%", "99.95%", "99.9999999%", "0.0000001%", "50%"}) {
    EXPECT_EQ(Goal::parse(text).value().to_string(), text);
  }
  EXPECT_EQ(Goal::parse("99.95%")->billionths(), 999'500'000U);
  EXPECT_EQ(Goal::parse("99.95%")->allowed(), 500'000U);
  EXPECT_EQ(Goal::parse("99.950%")->decimals(), 2U);
  EXPECT_EQ(Goal::parse("99%")->decimals(), 0U);
}

TEST(Goal, lets_one_of_so_many_fail) {
  EXPECT_EQ(Goal::parse("99.99%")->one_of_every(), 10'000U);
  EXPECT_EQ(Goal::parse("99%")->one_of_every(), 100U);
  EXPECT_EQ(Goal::parse("99.97%")->one_of_every(), 3333U);
}

TEST(Goal, of_all_or_of_nothing_is_refused_with_what_to_write) {
  EXPECT_NE(Goal::parse("100%").error().message.find("no error budget"), std::string::npos);
  EXPECT_NE(Goal::parse("0%").error().message.find("asks for nothing"), std::string::npos);
  for (const char* bad : {"", "%", "99", "0.99", "101%", "99.99999999%", "-1%", "9 9%", "99.%",
                          ".5%", "1e1%", "99%%", "9999999999%"}) {
    const auto parsed = Goal::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace seine::dive
