// SPDX-License-Identifier: Apache-2.0
#include "control/caller.h"

#include <gtest/gtest.h>

#include <string>

#include "control/testing/shop.h"

namespace seine::control {
namespace {

TEST(CallerContext, is_read_in_every_form_proxies_send) {
  EXPECT_EQ(parse_caller_context("{\"ns\":\"shop\", \"nodeName\":\"n1\", \"pod\":\"web-0\"}\n"),
            (CallerContext{.ns = "shop", .pod = "web-0", .node = "n1"}));
  EXPECT_EQ(parse_caller_context(R"({"ns":"shop","external_workload":"x"})"),
            (CallerContext{.ns = "shop"}));
  EXPECT_EQ(parse_caller_context("ns:shop"), (CallerContext{.ns = "shop"}));
  EXPECT_EQ(parse_caller_context("shop:web-0\n"), (CallerContext{.ns = "shop", .pod = "web-0"}));
  EXPECT_EQ(parse_caller_context(" \n"), CallerContext{});
}

TEST(CallerContext, is_refused_when_malformed_or_too_long) {
  for (const char* text : {"{", "{}", R"({"ns":1})", "shop", ":a", "a:", "a:b:c", "[]"}) {
    const auto context = parse_caller_context(text);
    ASSERT_FALSE(context) << text;
    EXPECT_EQ(context.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(parse_caller_context(std::string(5000, 'a')).error().code, ErrorCode::kLimit);
}

class AuthorizeCaller : public ::testing::Test {
 protected:
  Result<void> authorize(CallerContext context, std::string_view ns, std::string_view account) {
    const auto peer = names_.identity(ns, account).value();
    return authorize_caller(names_, *shop_, context, peer);
  }
  const MeshNames names_;
  const std::shared_ptr<const Snapshot> shop_ = testing::make_shop();
};

TEST_F(AuthorizeCaller, lets_a_pod_speak_for_itself_and_its_namespace) {
  EXPECT_TRUE(authorize({.ns = "shop", .pod = "web-0"}, "shop", "web-sa"));
  EXPECT_TRUE(authorize({.ns = "shop"}, "shop", "web-sa"));
}

TEST_F(AuthorizeCaller, refuses_to_speak_for_others) {
  EXPECT_EQ(authorize({.ns = "shop", .pod = "db-0"}, "shop", "web-sa").error().code,
            ErrorCode::kUnauthorized);
  EXPECT_FALSE(authorize({.ns = "shop", .pod = "web-0"}, "other", "web-sa"));
  EXPECT_FALSE(authorize({.ns = "shop", .pod = "none"}, "shop", "web-sa"));
  EXPECT_FALSE(authorize({}, "shop", "web-sa"));
  const auto foreign = MeshNames{.trust_domain = "other"}.identity("shop", "web-sa").value();
  EXPECT_FALSE(authorize_caller(names_, *shop_, {.ns = "shop"}, foreign));
}

}  // namespace
}  // namespace seine::control
