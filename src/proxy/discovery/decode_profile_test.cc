// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_profile.h"

#include <limits>

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

namespace wire = io::linkerd::proxy::destination;
namespace types = io::linkerd::proxy::http_types;

wire::RequestMatch path(const std::string& regex) {
  wire::RequestMatch match;
  match.mutable_path()->set_regex(regex);
  return match;
}

std::optional<model::RetryBudget> budget(float ratio, std::int64_t ttl_seconds) {
  wire::DestinationProfile message;
  message.mutable_retry_budget()->set_retry_ratio(ratio);
  message.mutable_retry_budget()->set_min_retries_per_second(10);
  message.mutable_retry_budget()->mutable_ttl()->set_seconds(ttl_seconds);
  return decode_profile(message)->retry_budget;
}

TEST(DecodeProfile, reads_routes_in_order) {
  wire::DestinationProfile message;
  message.set_fully_qualified_name("Web.shop.svc.cluster.local.");
  message.set_opaque_protocol(true);
  wire::Route& route = *message.add_routes();
  auto& all = *route.mutable_condition()->mutable_all();
  *all.add_matches() = path("/a/[0-9]+");
  all.add_matches()->mutable_method()->set_registered(types::HttpMethod::POST);
  *all.add_matches()->mutable_not_() = path("/a/13");
  wire::ResponseClass& failures = *route.add_response_classes();
  failures.mutable_condition()->mutable_status()->set_min(500);
  failures.mutable_condition()->mutable_status()->set_max(599);
  failures.set_is_failure(true);
  (*route.mutable_metrics_labels())["route"] = "POST /a";
  route.set_is_retryable(true);
  route.mutable_timeout()->set_seconds(5);
  *message.add_routes()->mutable_condition() = path("/.*");

  const model::Profile profile = decode_profile(message).value();
  EXPECT_EQ(profile.fully_qualified_name, "web.shop.svc.cluster.local");
  EXPECT_TRUE(profile.is_opaque);
  ASSERT_EQ(profile.routes.size(), 2U);
  EXPECT_EQ(profile.find("POST", "/a/12"), &profile.routes[0]);
  EXPECT_EQ(profile.find("POST", "/a/13"), &profile.routes[1]);
  EXPECT_EQ(profile.find("GET", "/a/12"), &profile.routes[1]);
  EXPECT_EQ(profile.routes[0].classify(503), true);
  EXPECT_EQ(profile.routes[0].classify(200), std::nullopt);
  EXPECT_EQ(profile.routes[0].labels, (model::Labels{{"route", "POST /a"}}));
  EXPECT_TRUE(profile.routes[0].is_retryable);
  EXPECT_EQ(profile.routes[0].timeout, std::chrono::seconds(5));
  EXPECT_EQ(profile.routes[1].timeout, std::nullopt);
}

TEST(DecodeProfile, leaves_out_routes_it_cannot_understand) {
  wire::DestinationProfile message;
  message.add_routes();
  *message.add_routes()->mutable_condition() = path("(");
  message.add_routes()->mutable_condition()->mutable_any()->add_matches();
  *message.add_routes()->mutable_condition() = path("/good");
  wire::RequestMatch* deep = message.add_routes()->mutable_condition();
  for (int i = 0; i <= kMaxConditionDepth; ++i) deep = deep->mutable_not_();
  *deep = path("/deep");
  const model::Profile profile = decode_profile(message).value();
  ASSERT_EQ(profile.routes.size(), 1U);
  EXPECT_NE(profile.find("GET", "/good"), nullptr);
}

TEST(DecodeProfile, reads_one_bound_of_a_status_as_that_status) {
  wire::DestinationProfile message;
  wire::Route& route = *message.add_routes();
  *route.mutable_condition() = path("/");
  route.add_response_classes()->mutable_condition()->mutable_status()->set_min(429);
  route.add_response_classes()->mutable_condition()->mutable_status()->set_max(503);
  route.mutable_response_classes(1)->set_is_failure(true);
  route.add_response_classes()->mutable_condition()->mutable_status();
  const model::Profile profile = decode_profile(message).value();
  EXPECT_EQ(profile.routes[0].classify(429), false);
  EXPECT_EQ(profile.routes[0].classify(503), true);
  EXPECT_EQ(profile.routes[0].classify(430), std::nullopt);
  EXPECT_EQ(profile.routes[0].response_classes.size(), 2U);
}

TEST(DecodeProfile, drops_a_retry_budget_out_of_range) {
  ASSERT_TRUE(budget(0.5F, 10).has_value());
  EXPECT_EQ(budget(0.5F, 10)->min_retries_per_second, 10U);
  EXPECT_TRUE(budget(0, 1).has_value());
  EXPECT_TRUE(budget(1000, 60).has_value());
  EXPECT_FALSE(budget(-0.1F, 10).has_value());
  EXPECT_FALSE(budget(1000.1F, 10).has_value());
  EXPECT_FALSE(budget(std::numeric_limits<float>::quiet_NaN(), 10).has_value());
  EXPECT_FALSE(budget(0.5F, 0).has_value());
  EXPECT_FALSE(budget(0.5F, 61).has_value());
  EXPECT_FALSE(budget(0.5F, -1).has_value());
}

TEST(DecodeProfile, reads_destinations_and_references) {
  wire::DestinationProfile message;
  wire::WeightedDst& dst = *message.add_dst_overrides();
  dst.set_authority("web-v2.shop.svc.cluster.local:80");
  dst.set_weight(10);
  dst.mutable_backend_ref()->mutable_resource()->set_group("core");
  dst.mutable_backend_ref()->mutable_resource()->set_kind("Service");
  dst.mutable_backend_ref()->mutable_resource()->set_name("web-v2");
  message.add_dst_overrides()->set_authority("not an authority");
  message.mutable_parent_ref()->set_default_("parent");
  message.mutable_profile_ref()->mutable_resource();
  const model::Profile profile = decode_profile(message).value();
  ASSERT_EQ(profile.dst_overrides.size(), 1U);
  EXPECT_EQ(profile.dst_overrides[0].authority.port, 80);
  EXPECT_EQ(profile.dst_overrides[0].weight, 10U);
  EXPECT_EQ(profile.dst_overrides[0].backend->name, "web-v2");
  EXPECT_EQ(profile.parent, model::Metadata::make_default("parent"));
  EXPECT_FALSE(profile.profile.has_value());
}

TEST(DecodeProfile, refuses_an_endpoint_it_cannot_read) {
  wire::DestinationProfile message;
  EXPECT_FALSE(decode_profile(message)->endpoint.has_value());
  message.mutable_endpoint()->mutable_addr()->mutable_ip()->set_ipv4(0x0a000001);
  message.mutable_endpoint()->mutable_addr()->set_port(80);
  EXPECT_EQ(decode_profile(message)->endpoint->addr.to_string(), "10.0.0.1:80");
  message.mutable_endpoint()->mutable_tls_identity()->mutable_dns_like_identity()->set_name("?");
  const auto refused = decode_profile(message);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().message.starts_with("endpoint: ")) << refused.error().message;
}

}  // namespace
}  // namespace seine::proxy
