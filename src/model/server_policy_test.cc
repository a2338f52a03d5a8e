// SPDX-License-Identifier: Apache-2.0
#include "model/server_policy.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

using std::chrono::seconds;
using Kind = Authentication::Kind;

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
IpNet net(std::string_view text) {
  return IpNet::parse(text).value();
}
Identity id(std::string_view text) {
  return Identity::parse(text).value();
}

const std::vector<NetworkMatch> kAnywhere = {{.net = net("0.0.0.0/0")}, {.net = net("::/0")}};

// The name of the authorization that lets the client in, or "deny".
std::string decided(const std::vector<Authorization>& authorizations, std::string_view client_ip,
                    bool is_meshed, const std::optional<Identity>& client) {
  const Authorization* const found =
      authorize(authorizations, {ip(client_ip), is_meshed, client ? &*client : nullptr});
  return found == nullptr ? "deny" : found->meta.name;
}

Authorization named(std::string name, Authentication authentication,
                    std::vector<NetworkMatch> networks = kAnywhere) {
  return {Metadata::make_default(std::move(name)), std::move(networks), std::move(authentication)};
}

TEST(Authorize, denies_where_nothing_permits) {
  EXPECT_EQ(decided({}, "10.0.0.1", false, {}), "deny");
  EXPECT_EQ(decided({named("no networks", {}, {})}, "10.0.0.1", false, {}), "deny");
}

TEST(Authorize, goes_by_network_and_its_exceptions) {
  const std::vector<Authorization> authorizations = {
      named("ten", {}, {{net("10.0.0.0/8"), {net("10.1.0.0/16"), net("10.2.0.0/16")}}}),
      named("six", {}, {{.net = net("fd00::/8")}}),
  };
  EXPECT_EQ(decided(authorizations, "10.0.0.1", false, {}), "ten");
  EXPECT_EQ(decided(authorizations, "10.1.0.1", false, {}), "deny");
  EXPECT_EQ(decided(authorizations, "10.2.0.1", false, {}), "deny");
  EXPECT_EQ(decided(authorizations, "11.0.0.1", false, {}), "deny");
  EXPECT_EQ(decided(authorizations, "fd00::1", false, {}), "six");
}

TEST(Authorize, asks_for_mesh_tls_without_an_identity) {
  const std::vector<Authorization> authorizations = {named("tls", {.kind = Kind::kMeshTls})};
  EXPECT_EQ(decided(authorizations, "10.0.0.1", false, {}), "deny");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, {}), "tls");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("web.example")), "tls");
}

TEST(Authorize, asks_for_listed_identities_or_suffixes) {
  const std::vector<Authorization> authorizations = {
      named("ids", {.kind = Kind::kIdentities,
                    .identities = {id("web.example"), id("spiffe://example.org/web")},
                    .suffixes = {{"shop", "example"}}})};
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("web.example")), "ids");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("Web.Example")), "ids");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("a.shop.example")), "ids");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("spiffe://example.org/web")), "ids");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("shop.example")), "deny");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("spiffe://example.org/other")), "deny");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, {}), "deny");
  // An identity that no TLS vouches for is not one.
  EXPECT_EQ(decided(authorizations, "10.0.0.1", false, id("web.example")), "deny");
}

TEST(Authorize, takes_an_empty_suffix_for_every_dns_identity) {
  const std::vector<Authorization> authorizations = {
      named("all", {.kind = Kind::kIdentities, .suffixes = {{}}})};
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("web.example")), "all");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, {}), "deny");
  EXPECT_EQ(decided(authorizations, "10.0.0.1", true, id("spiffe://example.org/web")), "deny");
}

TEST(Authorize, names_the_first_that_permits) {
  EXPECT_EQ(decided({named("tls", {.kind = Kind::kMeshTls}), named("open", {}), named("last", {})},
                    "10.0.0.1", false, {}),
            "open");
}

TEST(EffectiveAuthorizations, add_loopback_and_the_servers_to_every_route) {
  ServerPolicy policy;
  policy.authorizations = {named("server", {.kind = Kind::kMeshTls})};
  ServerHttpRoute route;
  route.authorizations = {named("route", {.kind = Kind::kMeshTls})};
  policy.protocol = ServerHttp1{.http = {.routes = {route}}};
  policy = with_effective_authorizations(std::move(policy));
  EXPECT_EQ(decided(policy.authorizations, "127.0.0.1", false, {}), "localhost");
  EXPECT_EQ(decided(policy.authorizations, "::1", false, {}), "localhost");
  EXPECT_EQ(decided(policy.authorizations, "127.0.0.2", false, {}), "deny");
  const auto& routes = std::get<ServerHttp1>(policy.protocol).http.routes;
  ASSERT_EQ(routes.size(), 1U);
  ASSERT_EQ(routes[0].authorizations.size(), 3U);
  EXPECT_EQ(routes[0].authorizations[0].meta.name, "route");
  EXPECT_EQ(routes[0].authorizations[1].meta.name, "server");
  EXPECT_EQ(routes[0].authorizations[2].meta.name, "localhost");
}

TEST(EffectiveAuthorizations, give_a_protocol_without_routes_one_that_takes_all) {
  ServerPolicy policy;
  policy.authorizations = {named("server", {})};
  policy.protocol = ServerGrpc{};
  policy = with_effective_authorizations(std::move(policy));
  const auto& routes = std::get<ServerGrpc>(policy.protocol).routes;
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0].meta, Metadata::make_default("default"));
  ASSERT_EQ(routes[0].rules.size(), 1U);
  EXPECT_TRUE(routes[0].rules[0].matches.empty());
  EXPECT_EQ(routes[0].authorizations, policy.authorizations);
}

struct DefaultCase {
  std::string_view name;
  std::string_view plain_inside;
  std::string_view plain_outside;
  std::string_view meshed_inside;
  std::string_view meshed_outside;
};

TEST(DefaultServerPolicy, permits_what_its_name_says) {
  const std::vector<IpNet> cluster = {net("10.0.0.0/8")};
  const std::vector<DefaultCase> cases = {
      {"deny", "deny", "deny", "deny", "deny"},
      {"all-unauthenticated", "all-unauthenticated", "all-unauthenticated", "all-unauthenticated",
       "all-unauthenticated"},
      {"all-authenticated", "deny", "deny", "all-authenticated", "all-authenticated"},
      {"cluster-unauthenticated", "cluster-unauthenticated", "deny", "cluster-unauthenticated",
       "deny"},
      {"cluster-authenticated", "deny", "deny", "cluster-authenticated", "deny"},
      {"audit", "audit", "audit", "audit", "audit"},
  };
  for (const DefaultCase& c : cases) {
    SCOPED_TRACE(c.name);
    const ServerPolicy policy = make_default_server_policy(c.name, cluster, seconds(3)).value();
    EXPECT_EQ(policy.meta, Metadata::make_default(std::string(c.name)));
    EXPECT_EQ(std::get<ServerDetect>(policy.protocol).timeout, seconds(3));
    const auto& authorizations = policy.authorizations;
    const Identity web = id("web.example");
    EXPECT_EQ(decided(authorizations, "10.0.0.1", false, {}), c.plain_inside);
    EXPECT_EQ(decided(authorizations, "192.0.2.1", false, {}), c.plain_outside);
    EXPECT_EQ(decided(authorizations, "10.0.0.1", true, web), c.meshed_inside);
    EXPECT_EQ(decided(authorizations, "192.0.2.1", true, web), c.meshed_outside);
    EXPECT_NE(decided(authorizations, "127.0.0.1", false, {}), "deny");
  }
}

TEST(DefaultServerPolicy, refuses_unknown_names_and_missing_networks) {
  for (std::string_view name : {"", "allow", "cluster-authenticated", "cluster-unauthenticated",
                                "audit", "cluster-anything"}) {
    const auto policy = make_default_server_policy(name, {}, seconds(3));
    ASSERT_FALSE(policy.has_value()) << name;
    EXPECT_EQ(policy.error().code, ErrorCode::kInvalidConfig);
  }
  EXPECT_TRUE(make_default_server_policy("deny", {}, seconds(3)).has_value());
  EXPECT_TRUE(make_default_server_policy("all-authenticated", {}, seconds(3)).has_value());
}

}  // namespace
}  // namespace seine::model
