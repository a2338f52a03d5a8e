// SPDX-License-Identifier: Apache-2.0
#include "cli/check/dive_health.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kNow{seconds(1'000'000)};

std::string problem_of(const std::string& body, std::string_view cluster = "local") {
  const auto clusters = parse_clusters(body);
  EXPECT_TRUE(clusters) << body;
  const auto heard = check_heard(*clusters, cluster, kNow);
  return heard ? "" : heard.error().message;
}

TEST(DiveHealth, an_agent_is_heard_if_it_told_something_within_a_minute) {
  EXPECT_EQ(problem_of(R"({"clusters":[{"name":"local","last_seen_ms":999940000}]})"), "");
  EXPECT_EQ(problem_of(R"({"clusters":[{"name":"local","last_seen_ms":999939999}]})"),
            "the agent of cluster local was last heard at 1970-01-12T13:45:39.999Z");
}

TEST(DiveHealth, an_agent_that_never_was_heard_is_told_from_one_that_never_joined) {
  EXPECT_EQ(problem_of(R"({"clusters":[{"name":"local","last_seen_ms":null}]})"),
            "the agent of cluster local has not been heard since Dive was started");
  EXPECT_EQ(problem_of(R"({"clusters":[{"name":"other","last_seen_ms":1}]})"),
            "the agent of cluster local has not joined yet");
}

TEST(DiveHealth, answers_of_another_form_are_refused) {
  for (const char* body :
       {"", "{}", R"({"clusters":7})", R"({"clusters":[{}]})", R"({"clusters":[{"name":1}]})"}) {
    const auto clusters = parse_clusters(body);
    ASSERT_FALSE(clusters) << body;
    EXPECT_EQ(clusters.error().code, ErrorCode::kProtocol);
  }
}

}  // namespace
}  // namespace seine::cli
