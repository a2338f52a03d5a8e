// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_inbound.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

namespace wire = io::linkerd::proxy::inbound;

// Everybody, from 10.0.0.0/8 without 10.1.0.0/16.
wire::Authz everybody(const std::string& name) {
  wire::Authz authz;
  authz.mutable_metadata()->set_default_(name);
  auto& network = *authz.add_networks();
  network.mutable_net()->mutable_ip()->set_ipv4(0x0a000000);
  network.mutable_net()->set_prefix_len(8);
  network.add_except()->mutable_ip()->set_ipv4(0x0a010000);
  network.mutable_except(0)->set_prefix_len(16);
  authz.mutable_authentication()->mutable_unauthenticated();
  return authz;
}

wire::Server detecting() {
  wire::Server server;
  (*server.mutable_labels())["name"] = "all";
  server.mutable_protocol()->mutable_detect()->mutable_timeout()->set_seconds(10);
  *server.add_authorizations() = everybody("open");
  return server;
}

// The reason why `spoil` makes a good policy unusable.
std::string refusal(void (*spoil)(wire::Server&)) {
  wire::Server server = detecting();
  spoil(server);
  const auto decoded = decode_inbound(server);
  if (decoded) return "accepted";
  EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidPolicy);
  return decoded.error().message;
}

TEST(DecodeInbound, names_the_server_by_its_labels) {
  wire::Server server = detecting();
  EXPECT_EQ(decode_inbound(server)->meta,
            (model::Metadata{.group = "policy.linkerd.io", .kind = "server", .name = "all"}));
  (*server.mutable_labels())["name"] = "default:all-unauthenticated";
  EXPECT_EQ(decode_inbound(server)->meta, model::Metadata::make_default("all-unauthenticated"));
  (*server.mutable_labels())["name"] = "deny";
  (*server.mutable_labels())["group"] = "";
  (*server.mutable_labels())["kind"] = "default";
  EXPECT_EQ(decode_inbound(server)->meta, model::Metadata::make_default("deny"));
}

TEST(DecodeInbound, gives_a_server_without_routes_one_default_route) {
  const model::ServerPolicy policy = decode_inbound(detecting()).value();
  const auto& detect = std::get<model::ServerDetect>(policy.protocol);
  EXPECT_EQ(detect.timeout, std::chrono::seconds(10));
  ASSERT_EQ(detect.http.routes.size(), 1U);
  EXPECT_EQ(detect.http.routes[0].meta, model::Metadata::make_default("default"));
  EXPECT_EQ(detect.http.routes[0].authorizations, policy.authorizations);
  ASSERT_EQ(policy.authorizations.size(), 2U);
  EXPECT_EQ(policy.authorizations[0].meta.name, "open");
  EXPECT_EQ(policy.authorizations[1].meta.name, "localhost");
}

TEST(DecodeInbound, permits_whom_the_message_permits) {
  wire::Server server = detecting();
  wire::Authz& mesh = *server.add_authorizations();
  mesh = everybody("mesh");
  mesh.mutable_networks(0)->mutable_net()->set_prefix_len(0);
  auto& clients = *mesh.mutable_authentication()->mutable_meshtls()->mutable_identities();
  clients.add_identities()->set_name("web.example");
  clients.add_suffixes()->add_parts("Shop");
  clients.mutable_suffixes(0)->add_parts("example");
  const model::ServerPolicy policy = decode_inbound(server).value();
  const auto decided = [&](std::string_view ip, const char* id) -> std::string {
    const auto identity = model::Identity::parse(id);
    const auto* const found = model::authorize(
        policy.authorizations,
        {IpAddress::parse(ip).value(), identity.has_value(), identity ? &*identity : nullptr});
    return found == nullptr ? "deny" : found->meta.name;
  };
  EXPECT_EQ(decided("10.0.0.1", ""), "open");
  EXPECT_EQ(decided("10.1.0.1", ""), "deny");
  EXPECT_EQ(decided("192.0.2.1", "web.example"), "mesh");
  EXPECT_EQ(decided("192.0.2.1", "a.shop.example"), "mesh");
  EXPECT_EQ(decided("192.0.2.1", "other.example"), "deny");
  EXPECT_EQ(decided("127.0.0.1", ""), "localhost");
}

TEST(DecodeInbound, names_an_authorization_by_its_labels_if_it_has_no_metadata) {
  wire::Server server = detecting();
  server.mutable_authorizations(0)->clear_metadata();
  (*server.mutable_authorizations(0)->mutable_labels())["name"] = "mine";
  EXPECT_EQ(decode_inbound(server)->authorizations[0].meta,
            (model::Metadata{
                .group = "policy.linkerd.io", .kind = "serverauthorization", .name = "mine"}));
}

TEST(DecodeInbound, says_which_required_field_is_missing) {
  EXPECT_EQ(refusal([](wire::Server&) {}), "accepted");
  EXPECT_EQ(refusal([](wire::Server& s) { s.clear_labels(); }), "labels have no name");
  EXPECT_EQ(refusal([](wire::Server& s) { s.clear_protocol(); }), "protocol is missing");
  EXPECT_EQ(
      refusal([](wire::Server& s) { s.mutable_protocol()->mutable_detect()->clear_timeout(); }),
      "detect: timeout is missing");
  EXPECT_EQ(refusal([](wire::Server& s) { s.mutable_authorizations(0)->clear_networks(); }),
            "authorizations[0]: networks is missing");
  EXPECT_EQ(refusal([](wire::Server& s) { s.mutable_authorizations(0)->clear_authentication(); }),
            "authorizations[0]: authentication is missing");
  EXPECT_EQ(refusal([](wire::Server& s) {
              s.mutable_authorizations(0)->mutable_authentication()->mutable_meshtls();
            }),
            "authorizations[0]: authentication.meshTLS.clients is missing");
  EXPECT_EQ(refusal([](wire::Server& s) { s.mutable_authorizations(0)->clear_metadata(); }),
            "authorizations[0]: labels have no name");
  EXPECT_EQ(
      refusal([](wire::Server& s) { s.mutable_protocol()->mutable_detect()->add_http_routes(); }),
      "detect: routes[0]: metadata is missing");
  EXPECT_EQ(refusal([](wire::Server& s) { s.add_server_ips(); }), "server_ips[0]: ip is missing");
}

TEST(DecodeInbound, reads_routes_with_their_own_authorizations_first) {
  wire::Server server = detecting();
  auto& http1 = *server.mutable_protocol()->mutable_http1();
  wire::HttpRoute& route = *http1.add_routes();
  route.mutable_metadata()->set_default_("probe");
  route.add_hosts()->mutable_suffix()->add_reverse_labels("com");
  route.mutable_hosts(0)->mutable_suffix()->add_reverse_labels("Example");
  *route.add_authorizations() = everybody("route");
  auto& rule = *route.add_rules();
  rule.add_matches()->mutable_path()->set_exact("/live");
  rule.add_filters()->mutable_redirect()->set_port(443);
  rule.add_filters()->mutable_failure_injector()->set_status(503);
  auto& limit = *http1.mutable_local_rate_limit();
  limit.mutable_metadata()->set_default_("limit");
  limit.mutable_total()->set_requestspersecond(100);
  auto& one = *limit.add_overrides();
  one.mutable_limit()->set_requestspersecond(5);
  one.mutable_clients()->add_identities()->set_name("web.example");

  const model::ServerPolicy policy = decode_inbound(server).value();
  const model::ServerHttp& http = std::get<model::ServerHttp1>(policy.protocol).http;
  ASSERT_EQ(http.routes.size(), 1U);
  EXPECT_EQ(http.routes[0].hosts[0].name, "example.com");
  ASSERT_EQ(http.routes[0].authorizations.size(), 3U);
  EXPECT_EQ(http.routes[0].authorizations[0].meta.name, "route");
  EXPECT_EQ(http.routes[0].authorizations[1].meta.name, "open");
  const auto& filters = http.routes[0].rules[0].policy.filters;
  ASSERT_EQ(filters.size(), 2U);
  EXPECT_EQ(std::get<model::Redirect>(filters[0]).port, 443);
  EXPECT_EQ(std::get<model::Redirect>(filters[0]).status, 301);
  EXPECT_EQ(std::get<model::FailureInjector>(filters[1]).status, 503);
  ASSERT_TRUE(http.rate_limit.has_value());
  EXPECT_EQ(http.rate_limit->total, 100U);
  EXPECT_EQ(http.rate_limit->per_identity, std::nullopt);
  EXPECT_EQ(http.rate_limit->overrides[0].clients[0].text(), "web.example");
}

TEST(DecodeInbound, reads_every_protocol) {
  const auto index = [](void (*choose)(wire::ProxyProtocol&)) {
    wire::Server server = detecting();
    choose(*server.mutable_protocol());
    return decode_inbound(server)->protocol.index();
  };
  EXPECT_EQ(index([](auto& p) { p.mutable_opaque(); }), 1U);
  EXPECT_EQ(index([](auto& p) { p.mutable_tls(); }), 2U);
  EXPECT_EQ(index([](auto& p) { p.mutable_http1(); }), 3U);
  EXPECT_EQ(index([](auto& p) { p.mutable_http2(); }), 4U);
  EXPECT_EQ(index([](auto& p) { p.mutable_grpc(); }), 5U);
}

TEST(DecodeInbound, refuses_a_rate_limit_of_nothing) {
  EXPECT_EQ(refusal([](wire::Server& s) {
              auto& limit = *s.mutable_protocol()->mutable_http2()->mutable_local_rate_limit();
              limit.mutable_metadata()->set_default_("limit");
              limit.mutable_identity();
            }),
            "http2: local_rate_limit: identity.requestsPerSecond is zero");
}

}  // namespace
}  // namespace seine::proxy
