// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_destination.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

namespace wire = io::linkerd::proxy::destination;

wire::WeightedAddr at(std::uint32_t ip) {
  wire::WeightedAddr message;
  message.mutable_addr()->mutable_ip()->set_ipv4(ip);
  message.mutable_addr()->set_port(8080);
  message.set_weight(10'000);
  return message;
}

TEST(DecodeEndpoint, takes_everything_that_is_known) {
  wire::WeightedAddr message = at(0x0a000001);
  (*message.mutable_metric_labels())["pod"] = "web-1";
  (*message.mutable_metric_labels())["zone-locality"] = "local";
  message.mutable_tls_identity()->mutable_dns_like_identity()->set_name("Web.Example");
  message.mutable_protocol_hint()->mutable_h2();
  message.mutable_protocol_hint()->mutable_opaque_transport()->set_inbound_port(4143);
  message.mutable_authority_override()->set_authority_override("Web.Remote:80");
  auto& http2 = *message.mutable_http2();
  http2.mutable_flow_control()->set_initial_connection_window_size(2);
  http2.mutable_flow_control()->set_initial_stream_window_size(1);
  http2.mutable_keep_alive()->mutable_interval()->set_seconds(10);
  http2.mutable_internals()->set_max_frame_size(16384);
  const model::Endpoint endpoint =
      decode_endpoint(message, {{"pod", "of the set"}, {"service", "web"}}).value();
  EXPECT_EQ(endpoint.addr.to_string(), "10.0.0.1:8080");
  EXPECT_EQ(endpoint.weight, 10'000U);
  EXPECT_EQ(endpoint.labels,
            (model::Labels{{"pod", "web-1"}, {"service", "web"}, {"zone_locality", "local"}}));
  ASSERT_TRUE(endpoint.tls.has_value());
  EXPECT_EQ(endpoint.tls->id.text(), "web.example");
  EXPECT_EQ(endpoint.tls->server_name, "web.example");
  EXPECT_EQ(endpoint.hint, model::ProtocolHint::kH2);
  EXPECT_EQ(endpoint.opaque_transport_port, 4143);
  EXPECT_EQ(endpoint.authority_override, "web.remote:80");
  ASSERT_TRUE(endpoint.http2.has_value());
  EXPECT_TRUE(endpoint.http2->has_windows());
  EXPECT_EQ(endpoint.http2->keep_alive_interval, std::chrono::seconds(10));
  EXPECT_EQ(endpoint.http2->keep_alive_timeout, std::nullopt);
  EXPECT_EQ(endpoint.http2->max_frame_size, 16384U);
}

TEST(DecodeEndpoint, needs_little) {
  const model::Endpoint endpoint = decode_endpoint(at(0x0a000001), {}).value();
  EXPECT_FALSE(endpoint.tls.has_value());
  EXPECT_EQ(endpoint.hint, model::ProtocolHint::kNone);
  EXPECT_FALSE(endpoint.opaque_transport_port.has_value());
  EXPECT_FALSE(endpoint.authority_override.has_value());
  EXPECT_FALSE(endpoint.http2.has_value());
}

TEST(DecodeEndpoint, wants_a_server_name_beside_a_uri_identity) {
  wire::WeightedAddr message = at(0x0a000001);
  auto& tls = *message.mutable_tls_identity();
  tls.mutable_uri_like_identity()->set_uri("spiffe://example.org/web");
  EXPECT_FALSE(decode_endpoint(message, {})->tls.has_value());
  tls.mutable_server_name()->set_name("web.example");
  const model::Endpoint endpoint = decode_endpoint(message, {}).value();
  ASSERT_TRUE(endpoint.tls.has_value());
  EXPECT_EQ(endpoint.tls->id.kind(), model::Identity::Kind::kUri);
  EXPECT_EQ(endpoint.tls->server_name, "web.example");
}

TEST(DecodeEndpoint, lets_the_server_name_differ_from_a_dns_identity) {
  wire::WeightedAddr message = at(0x0a000001);
  message.mutable_tls_identity()->mutable_dns_like_identity()->set_name("id.example");
  message.mutable_tls_identity()->mutable_server_name()->set_name("sni.example");
  const model::Endpoint endpoint = decode_endpoint(message, {}).value();
  EXPECT_EQ(endpoint.tls->id.text(), "id.example");
  EXPECT_EQ(endpoint.tls->server_name, "sni.example");
}

TEST(DecodeEndpoint, refuses_rather_than_talk_in_plain) {
  wire::WeightedAddr message = at(0x0a000001);
  message.mutable_tls_identity()->mutable_dns_like_identity()->set_name("not a name");
  const auto refused = decode_endpoint(message, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().message.starts_with("10.0.0.1:8080: tls_identity: "))
      << refused.error().message;

  message.mutable_tls_identity()->mutable_dns_like_identity()->set_name("");
  EXPECT_FALSE(decode_endpoint(message, {}).has_value());
  message.mutable_tls_identity()->mutable_dns_like_identity()->set_name("web.example");
  message.mutable_tls_identity()->mutable_server_name()->set_name("bad name");
  EXPECT_FALSE(decode_endpoint(message, {}).has_value());
}

TEST(DecodeEndpoint, refuses_bad_ports_and_authorities) {
  wire::WeightedAddr message = at(0x0a000001);
  message.mutable_protocol_hint()->mutable_opaque_transport()->set_inbound_port(65536);
  EXPECT_FALSE(decode_endpoint(message, {}).has_value());
  message = at(0x0a000001);
  message.mutable_authority_override()->set_authority_override("a b");
  EXPECT_FALSE(decode_endpoint(message, {}).has_value());
  message = at(0x0a000001);
  message.mutable_addr()->set_port(0);
  EXPECT_FALSE(decode_endpoint(message, {}).has_value());
}

TEST(DecodeUpdate, keeps_the_good_endpoints_beside_a_bad_one) {
  wire::Update message;
  auto& set = *message.mutable_add();
  (*set.mutable_metric_labels())["service"] = "web";
  *set.add_addrs() = at(0x0a000001);
  *set.add_addrs() = at(0x0a000002);
  set.mutable_addrs(1)->mutable_tls_identity()->mutable_dns_like_identity()->set_name("-");
  *set.add_addrs() = at(0x0a000003);
  const DecodedUpdate decoded = decode_update(message).value();
  const auto& endpoints = std::get<model::EndpointsAdded>(decoded.update).endpoints;
  ASSERT_EQ(endpoints.size(), 2U);
  EXPECT_EQ(endpoints[1].addr.to_string(), "10.0.0.3:8080");
  EXPECT_EQ(endpoints[1].labels, (model::Labels{{"service", "web"}}));
  EXPECT_EQ(decoded.refused.size(), 1U);
}

TEST(DecodeUpdate, reads_removals_and_emptiness) {
  wire::Update message;
  *message.mutable_remove()->add_addrs() = at(0x0a000001).addr();
  message.mutable_remove()->add_addrs();
  const DecodedUpdate removed = decode_update(message).value();
  ASSERT_EQ(std::get<model::EndpointsRemoved>(removed.update).addrs.size(), 1U);
  EXPECT_EQ(removed.refused.size(), 1U);

  message.mutable_no_endpoints()->set_exists(true);
  EXPECT_TRUE(std::get<model::NoEndpoints>(decode_update(message)->update).exists);
  EXPECT_FALSE(decode_update(wire::Update()).has_value());
}

}  // namespace
}  // namespace seine::proxy
