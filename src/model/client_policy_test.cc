// SPDX-License-Identifier: Apache-2.0
#include "model/client_policy.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

using std::chrono::seconds;

TEST(Metadata, gives_core_kinds_a_group) {
  EXPECT_EQ(Metadata::make_resource("", "Service", "shop", "web").group, "core");
  EXPECT_EQ(Metadata::make_resource("policy.linkerd.io", "Server", "shop", "web").group,
            "policy.linkerd.io");
  EXPECT_FALSE(Metadata::make_resource("", "Service", "shop", "web").is_default());
  EXPECT_TRUE(Metadata::make_default("fallback").is_default());
}

TEST(ClientPolicy, made_to_detect_sends_everything_to_one_backend) {
  const Metadata meta = Metadata::make_default("fallback");
  const Endpoint endpoint{.addr = {IpAddress::v4(0x0a000001U), 80}};
  const Backend backend{.meta = meta, .kind = Backend::Forward{endpoint}};
  const ClientPolicy policy = make_detect_policy(meta, backend, seconds(7));
  EXPECT_EQ(policy.meta, meta);
  const auto& detect = std::get<ClientDetect>(policy.protocol);
  EXPECT_EQ(detect.timeout, seconds(7));
  for (const ClientHttp* http : {static_cast<const ClientHttp*>(&detect.http1),
                                 static_cast<const ClientHttp*>(&detect.http2)}) {
    ASSERT_EQ(http->routes.size(), 1U);
    ASSERT_EQ(http->routes[0].rules.size(), 1U);
    EXPECT_TRUE(http->routes[0].hosts.empty());
    EXPECT_TRUE(http->routes[0].rules[0].matches.empty());
    const auto& distribution = http->routes[0].rules[0].policy.distribution;
    EXPECT_EQ(distribution.kind, Distribution<Filter>::Kind::kFirstAvailable);
    ASSERT_EQ(distribution.backends.size(), 1U);
    EXPECT_EQ(distribution.backends[0].backend, backend);
  }
  ASSERT_TRUE(detect.opaque.route.has_value());
  EXPECT_EQ(detect.opaque.route->policy.distribution.backends[0].backend, backend);
}

TEST(ClientPolicy, is_equal_only_if_everything_is) {
  const Metadata meta = Metadata::make_default("a");
  const Backend backend{.meta = meta};
  ClientPolicy policy = make_detect_policy(meta, backend, seconds(7));
  EXPECT_EQ(policy, make_detect_policy(meta, backend, seconds(7)));
  auto& rule = std::get<ClientDetect>(policy.protocol).http2.routes[0].rules[0];
  rule.policy.retry = Retry{.max_retries = 1};
  EXPECT_NE(policy, make_detect_policy(meta, backend, seconds(7)));
}

TEST(FindTlsRoute, prefers_exact_names_then_longer_suffixes) {
  const auto named = [](std::string name, std::vector<HostMatch> snis) {
    return TlsRoute{.meta = Metadata::make_default(std::move(name)), .snis = std::move(snis)};
  };
  const std::vector<TlsRoute> routes = {
      named("any", {}),
      named("short", {{HostMatch::Kind::kSuffix, "com"}}),
      named("long", {{HostMatch::Kind::kSuffix, "example.com"}}),
      named("again", {{HostMatch::Kind::kSuffix, "example.com"}}),
      named("exact", {{HostMatch::Kind::kExact, "a.example.com"}}),
  };
  EXPECT_EQ(find_tls_route(routes, "a.example.com")->meta.name, "exact");
  EXPECT_EQ(find_tls_route(routes, "b.example.com")->meta.name, "long");
  EXPECT_EQ(find_tls_route(routes, "b.com")->meta.name, "short");
  EXPECT_EQ(find_tls_route(routes, "b.org")->meta.name, "any");
  EXPECT_EQ(find_tls_route({routes[4]}, "b.org"), nullptr);
}

TEST(Http2Params, windows_count_only_together) {
  EXPECT_FALSE((Http2Params{.initial_connection_window = 1}).has_windows());
  EXPECT_FALSE((Http2Params{.initial_stream_window = 1}).has_windows());
  EXPECT_TRUE(
      (Http2Params{.initial_connection_window = 1, .initial_stream_window = 1}).has_windows());
}

}  // namespace
}  // namespace seine::model
