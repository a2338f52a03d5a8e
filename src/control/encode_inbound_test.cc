// SPDX-License-Identifier: Apache-2.0
#include "control/encode_inbound.h"

#include "gtest/gtest.h"

#include "control/encode_values.h"

namespace seine::control {
namespace {

namespace wire = io::linkerd::proxy::inbound;

IpNet net(std::string_view text) {
  return IpNet::parse(text).value();
}

wire::Server encoded(const model::ServerPolicy& policy) {
  wire::Server message;
  encode_inbound(policy, message);
  return message;
}

model::Authorization authorization(model::Authentication authentication) {
  return {.meta = model::Metadata::make_resource("policy.linkerd.io", "authorizationpolicy", "shop",
                                                 "web"),
          .networks = {{.net = net("10.0.0.0/8"), .except = {net("10.1.0.0/16")}}},
          .authentication = std::move(authentication)};
}

// What a proxy refuses a policy for lacking.
void expect_usable(const wire::Authz& authz) {
  EXPECT_GE(authz.networks_size(), 1);
  EXPECT_NE(authz.authentication().permit_case(), wire::Authn::PERMIT_NOT_SET);
  EXPECT_TRUE(authz.has_metadata());
  EXPECT_NE(authz.labels().at("name"), "");
}

TEST(EncodeInbound, names_the_server_and_always_has_a_detect_timeout) {
  model::ServerPolicy policy;
  policy.meta = model::Metadata::make_resource("policy.linkerd.io", "server", "shop", "web-http");
  wire::Server message = encoded(policy);
  EXPECT_EQ(message.labels().at("name"), "web-http");
  EXPECT_EQ(message.labels().at("group"), "policy.linkerd.io");
  EXPECT_EQ(message.labels().at("kind"), "server");
  EXPECT_TRUE(message.protocol().detect().has_timeout());
  EXPECT_EQ(message.protocol().detect().timeout().seconds(), 10);

  policy.meta = model::Metadata::make_default("all-unauthenticated");
  message = encoded(policy);
  EXPECT_EQ(message.labels().at("group"), "");
  EXPECT_EQ(message.labels().at("kind"), "default");
  EXPECT_EQ(message.labels().at("name"), "all-unauthenticated");
}

// The order of a protobuf map differs from object to object.
TEST(EncodeInbound, equal_policies_have_equal_bytes) {
  model::ServerPolicy policy;
  policy.meta = model::Metadata::make_resource("policy.linkerd.io", "server", "shop", "web-http");
  const std::string bytes = deterministic_bytes(encoded(policy));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(deterministic_bytes(encoded(policy)), bytes);
}

TEST(EncodeInbound, writes_each_kind_of_authentication) {
  using Kind = model::Authentication::Kind;
  model::ServerPolicy policy;
  policy.authorizations = {
      authorization({}), authorization({.kind = Kind::kMeshTls}),
      authorization({.kind = Kind::kIdentities,
                     .identities = {model::Identity::parse("web.example").value()},
                     .suffixes = {{"shop", "example"}, {}}})};
  const wire::Server message = encoded(policy);
  ASSERT_EQ(message.authorizations_size(), 3);
  for (const wire::Authz& authz : message.authorizations()) expect_usable(authz);
  EXPECT_EQ(message.authorizations(0).networks(0).net().prefix_len(), 8U);
  EXPECT_EQ(message.authorizations(0).networks(0).except(0).prefix_len(), 16U);
  EXPECT_TRUE(message.authorizations(0).authentication().has_unauthenticated());
  EXPECT_TRUE(message.authorizations(1).authentication().meshtls().has_unauthenticated());
  const auto& clients = message.authorizations(2).authentication().meshtls().identities();
  EXPECT_EQ(clients.identities(0).name(), "web.example");
  ASSERT_EQ(clients.suffixes_size(), 2);
  EXPECT_EQ(clients.suffixes(0).parts_size(), 2);
  EXPECT_EQ(clients.suffixes(1).parts_size(), 0);
}

TEST(EncodeInbound, leaves_out_an_authorization_without_networks) {
  model::ServerPolicy policy;
  policy.authorizations = {authorization({})};
  policy.authorizations[0].networks.clear();
  EXPECT_EQ(encoded(policy).authorizations_size(), 0);
}

TEST(EncodeInbound, writes_every_protocol) {
  model::ServerPolicy policy;
  using Case = wire::ProxyProtocol;
  const auto written = [&](auto protocol) {
    policy.protocol = std::move(protocol);
    return encoded(policy).protocol().kind_case();
  };
  EXPECT_EQ(written(model::ServerDetect{}), Case::kDetect);
  EXPECT_EQ(written(model::ServerOpaque{}), Case::kOpaque);
  EXPECT_EQ(written(model::ServerTls{}), Case::kTls);
  EXPECT_EQ(written(model::ServerHttp1{}), Case::kHttp1);
  EXPECT_EQ(written(model::ServerHttp2{}), Case::kHttp2);
  EXPECT_EQ(written(model::ServerGrpc{}), Case::kGrpc);
}

TEST(EncodeInbound, writes_routes_filters_and_limits) {
  model::ServerHttpRoute route;
  route.meta = model::Metadata::make_default("probe");
  route.hosts = {{model::HostMatch::Kind::kSuffix, "shop.example.com"}};
  route.authorizations = {authorization({})};
  model::HttpMatch live;
  live.path = model::PathMatch{model::PathMatch::Exact{"/live"}};
  live.method = "PURGE";
  route.rules.push_back({{live}, {{model::Redirect{.scheme = "https", .port = 443}}}});
  model::LocalRateLimit limit{.meta = model::Metadata::make_default("limit"), .total = 100};
  limit.overrides = {{5, {model::Identity::parse("web.example").value()}}};
  model::ServerPolicy policy;
  policy.protocol = model::ServerHttp1{{{route}, limit}};
  const wire::Server server = encoded(policy);
  const auto& http1 = server.protocol().http1();
  ASSERT_EQ(http1.routes_size(), 1);
  const auto& labels = http1.routes(0).hosts(0).suffix();
  ASSERT_EQ(labels.reverse_labels_size(), 3);
  EXPECT_EQ(labels.reverse_labels(0), "com");
  EXPECT_EQ(labels.reverse_labels(2), "shop");
  expect_usable(http1.routes(0).authorizations(0));
  EXPECT_TRUE(http1.routes(0).has_metadata());
  const auto& rule = http1.routes(0).rules(0);
  EXPECT_EQ(rule.matches(0).path().exact(), "/live");
  EXPECT_EQ(rule.matches(0).method().unregistered(), "PURGE");
  EXPECT_EQ(rule.filters(0).redirect().scheme().registered(), 1);
  EXPECT_EQ(rule.filters(0).redirect().status(), 301U);
  EXPECT_EQ(http1.local_rate_limit().total().requestspersecond(), 100U);
  EXPECT_FALSE(http1.local_rate_limit().has_identity());
  EXPECT_EQ(http1.local_rate_limit().overrides(0).clients().identities(0).name(), "web.example");
}

TEST(EncodeInbound, keeps_filters_that_grpc_cannot_say_off_the_wire) {
  model::ServerGrpcRoute route;
  route.rules.push_back({{},
                         {{model::Redirect{}, model::FailureInjector{.grpc = true, .status = 14},
                           model::ResponseHeaderModifier{}}}});
  model::ServerPolicy policy;
  policy.protocol = model::ServerGrpc{{route}};
  const wire::Server server = encoded(policy);
  const auto& rule = server.protocol().grpc().routes(0).rules(0);
  ASSERT_EQ(rule.filters_size(), 1);
  EXPECT_EQ(rule.filters(0).failure_injector().code(), 14U);
}

}  // namespace
}  // namespace seine::control
