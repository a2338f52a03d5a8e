// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/resource.h"

#include <gtest/gtest.h>

namespace seine::telemetry {
namespace {

std::string refusal(const std::vector<std::string>& words) {
  const auto resource = parse_resource(words);
  if (resource) return "";
  EXPECT_EQ(resource.error().code, ErrorCode::kInvalidConfig);
  return resource.error().message;
}

TEST(Resource, is_a_kind_or_one_of_it) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(parse_resource(Words{"deploy"}).value(), (Resource{ResourceKind::kDeployment, ""}));
  EXPECT_EQ(parse_resource(Words{"svc/web"}).value(), (Resource{ResourceKind::kService, "web"}));
  EXPECT_EQ(parse_resource(Words{"pods", "web-0"}).value(),
            (Resource{ResourceKind::kPod, "web-0"}));
  EXPECT_EQ(parse_resource(Words{"namespace"}).value(), (Resource{ResourceKind::kNamespace, ""}));
}

TEST(Resource, says_which_kind_may_have_been_meant) {
  EXPECT_EQ(refusal({"deplyo"}), "\"deplyo\" is no kind of resource; did you mean deploy?");
  EXPECT_EQ(refusal({"x/y"}), "\"x\" is no kind of resource; there are deploy, svc, ns and po");
}

TEST(Resource, has_one_name) {
  EXPECT_EQ(refusal({"deploy/web", "api"}), "one resource at a time, as TYPE/NAME or TYPE NAME");
  EXPECT_EQ(refusal({"deploy", "web", "api"}),
            "one resource at a time: TYPE for all of them, TYPE/NAME or TYPE NAME");
  EXPECT_EQ(refusal({"deploy/"}), "\"deploy/\" names nothing");
}

TEST(Resource, says_which_name_may_have_been_meant) {
  const std::vector<std::string> known{"ledger", "payments"};
  EXPECT_EQ(no_such_resource({ResourceKind::kDeployment, "paymens"}, "shop", known).message,
            "there is no deployment \"paymens\" in namespace shop; did you mean payments?");
  EXPECT_EQ(no_such_resource({ResourceKind::kNamespace, "x"}, "shop", {}).message,
            "there is no namespace \"x\"");
}

}  // namespace
}  // namespace seine::telemetry
