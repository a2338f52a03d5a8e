// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/objective_draft.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

std::string refusal(const ObjectiveDraft& draft) {
  const auto body = draft.to_json(true);
  if (body) return "";
  EXPECT_EQ(body.error().code, ErrorCode::kInvalidConfig);
  return body.error().message;
}

TEST(ObjectiveDraft, is_what_dive_takes) {
  ObjectiveDraft draft{.target = "svc/payments", .ns = "shop", .success = "99%", .window = "7d"};
  EXPECT_EQ(draft.to_json(true).value(),
            R"({"service":"payments","namespace":"shop","success":"99%","window":"7d"})");
  draft = {.target = "deploy/web",
           .latency = "50ms",
           .quantile_share = "99%",
           .window = "month",
           .time_zone = "Europe/Berlin",
           .route = "GET /",
           .environment = "production",
           .name = "web",
           .description = "d",
           .is_dry_run = true,
           .allows_unknown = true};
  EXPECT_EQ(draft.to_json(true).value(),
            R"({"workload":"web","route":"GET /","environment":"production","latency":"50ms",)"
            R"("quantile_share":"99%","window":"month","time_zone":"Europe/Berlin","name":"web",)"
            R"("description":"d","dry_run":true,"allow_unknown":true})");
}

TEST(ObjectiveDraft, is_of_a_service_or_a_workload) {
  for (const char* target : {"svc/a", "service/a"}) {
    EXPECT_EQ((ObjectiveDraft{.target = target, .success = "99%"}).to_json(true).value(),
              R"({"service":"a","success":"99%"})");
  }
  for (const char* target : {"deploy/a", "deployment/a", "workload/a"}) {
    EXPECT_EQ((ObjectiveDraft{.target = target, .success = "99%"}).to_json(true).value(),
              R"({"workload":"a","success":"99%"})");
  }
  for (const char* target : {"", "payments", "svc/", "/a", "po/a", "svc/a/b", "ns/shop"}) {
    EXPECT_NE(refusal({.target = target, .success = "99%"}).find("is no target"), std::string::npos)
        << target;
  }
}

TEST(ObjectiveDraft, has_one_goal_and_all_of_it) {
  EXPECT_NE(refusal({.target = "svc/a"}).find("what is the goal?"), std::string::npos);
  EXPECT_NE(refusal({.target = "svc/a", .success = "99%", .latency = "1s"}).find("set two"),
            std::string::npos);
  EXPECT_NE(refusal({.target = "svc/a", .latency = "1s"}).find("--quantile-share"),
            std::string::npos);
  EXPECT_NE(refusal({.target = "svc/a", .success = "9%", .quantile_share = "9%"})
                .find("goes with --latency"),
            std::string::npos);
}

TEST(ObjectiveDraft, needs_no_goal_where_one_is_to_be_found) {
  EXPECT_EQ((ObjectiveDraft{.target = "svc/a"}).to_json(false).value(), R"({"service":"a"})");
  EXPECT_EQ((ObjectiveDraft{.target = "svc/a", .latency = "1s"}).to_json(false).value(),
            R"({"service":"a","latency":"1s"})");
}

TEST(ObjectiveDraft, says_how_a_shell_would_set_it) {
  EXPECT_EQ((ObjectiveDraft{.target = "svc/a", .ns = "shop", .window = "7d"}).how_to_set(),
            "seine objective set svc/a -n shop --window 7d --success ");
  EXPECT_EQ((ObjectiveDraft{.target = "svc/a", .latency = "1s", .route = "GET /'x"}).how_to_set(),
            "seine objective set svc/a --route 'GET /'\\''x' --latency 1s --quantile-share ");
}

}  // namespace
}  // namespace seine::cli
