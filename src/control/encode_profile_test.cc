// SPDX-License-Identifier: Apache-2.0
#include "control/encode_profile.h"

#include "gtest/gtest.h"

namespace seine::control {
namespace {

namespace wire = io::linkerd::proxy::destination;
using Request = model::ProfileRequestMatch;
using Response = model::ProfileResponseMatch;

wire::DestinationProfile encoded(const model::Profile& profile) {
  wire::DestinationProfile message;
  encode_profile(profile, message);
  return message;
}

TEST(EncodeProfile, of_an_address_says_its_endpoint_alone) {
  model::Profile profile;
  profile.endpoint = model::Endpoint{.addr = SocketAddr::parse("10.0.0.1:80").value()};
  const wire::DestinationProfile message = encoded(profile);
  EXPECT_EQ(message.endpoint().addr().port(), 80U);
  EXPECT_EQ(message.fully_qualified_name(), "");
  EXPECT_FALSE(message.has_retry_budget());
  EXPECT_FALSE(message.has_parent_ref());
  EXPECT_EQ(message.routes_size(), 0);
}

TEST(EncodeProfile, of_a_service_says_its_routes_and_budget) {
  const Request get{.kind = Request::Kind::kMethod, .method = "GET"};
  const Request path{.kind = Request::Kind::kPath, .path = model::Regex::compile("/a/.*").value()};
  const Request not_get{.kind = Request::Kind::kNot, .children = {get}};
  model::ProfileRoute route;
  route.condition = {.kind = Request::Kind::kAll, .children = {path, not_get}};
  route.response_classes = {{{.kind = Response::Kind::kStatus, .first = 500, .last = 599}, true}};
  route.labels = {{"route", "a"}};
  route.is_retryable = true;
  route.timeout = std::chrono::seconds(5);
  model::Profile profile;
  profile.fully_qualified_name = "web.shop.svc.cluster.local";
  profile.is_opaque = true;
  profile.routes = {route};
  profile.retry_budget = model::RetryBudget{0.5, 10, std::chrono::seconds(10)};
  profile.dst_overrides = {
      {.authority = model::Authority::parse("v2.shop:80").value(),
       .weight = 9,
       .backend = model::Metadata::make_resource("", "Service", "shop", "v2")}};
  profile.parent = model::Metadata::make_resource("", "Service", "shop", "web");
  const wire::DestinationProfile message = encoded(profile);
  EXPECT_EQ(message.fully_qualified_name(), "web.shop.svc.cluster.local");
  EXPECT_TRUE(message.opaque_protocol());
  ASSERT_EQ(message.routes_size(), 1);
  const auto& all = message.routes(0).condition().all();
  ASSERT_EQ(all.matches_size(), 2);
  EXPECT_EQ(all.matches(0).path().regex(), "/a/.*");
  EXPECT_EQ(all.matches(1).not_().method().registered(), 0);
  EXPECT_TRUE(all.matches(1).not_().method().type_case() != 0);
  EXPECT_EQ(message.routes(0).response_classes(0).condition().status().max(), 599U);
  EXPECT_TRUE(message.routes(0).response_classes(0).is_failure());
  EXPECT_EQ(message.routes(0).metrics_labels().at("route"), "a");
  EXPECT_EQ(message.routes(0).timeout().seconds(), 5);
  EXPECT_EQ(message.retry_budget().retry_ratio(), 0.5F);
  EXPECT_EQ(message.retry_budget().ttl().seconds(), 10);
  EXPECT_EQ(message.dst_overrides(0).authority(), "v2.shop:80");
  EXPECT_EQ(message.dst_overrides(0).backend_ref().resource().group(), "core");
  EXPECT_EQ(message.parent_ref().resource().name(), "web");
}

}  // namespace
}  // namespace seine::control
