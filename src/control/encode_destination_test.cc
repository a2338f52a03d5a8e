// SPDX-License-Identifier: Apache-2.0
#include "control/encode_destination.h"

#include "gtest/gtest.h"

#include "control/encode_values.h"

namespace seine::control {
namespace {

namespace wire = io::linkerd::proxy;

model::Identity id(std::string_view text) {
  return model::Identity::parse(text).value();
}

TEST(EncodeAddr, is_read_back) {
  for (std::string_view text : {"10.1.2.3:80", "[2001:db8::ff01]:65535"}) {
    const SocketAddr addr = SocketAddr::parse(text).value();
    wire::net::TcpAddress message;
    encode_addr(addr, message);
    EXPECT_EQ(decode_addr(message), addr);
  }
  wire::net::TcpAddress message;
  encode_addr(SocketAddr::parse("10.0.0.1:80").value(), message);
  EXPECT_EQ(message.ip().ipv4(), 0x0a000001U);
  encode_addr(SocketAddr::parse("[2001:db8::1]:80").value(), message);
  EXPECT_EQ(message.ip().ipv6().first(), 0x20010db800000000U);
  EXPECT_EQ(message.ip().ipv6().last(), 1U);
}

TEST(DecodeAddr, takes_nothing_for_a_missing_or_wrong_part) {
  wire::net::TcpAddress message;
  message.set_port(80);
  EXPECT_FALSE(decode_addr(message).has_value());
  message.mutable_ip()->set_ipv4(1);
  EXPECT_TRUE(decode_addr(message).has_value());
  message.set_port(65536);
  EXPECT_FALSE(decode_addr(message).has_value());
  message.set_port(0);
  EXPECT_FALSE(decode_addr(message).has_value());
}

TEST(EncodeMetadata, never_sends_an_incomplete_resource) {
  const auto encoded = [](const model::Metadata& meta) {
    wire::meta::Metadata message;
    encode_metadata(meta, message);
    return message;
  };
  const auto whole = encoded({"", "Service", "web", "shop", "http", 80});
  EXPECT_EQ(whole.resource().group(), "core");
  EXPECT_EQ(whole.resource().kind(), "Service");
  EXPECT_EQ(whole.resource().name(), "web");
  EXPECT_EQ(whole.resource().namespace_(), "shop");
  EXPECT_EQ(whole.resource().section(), "http");
  EXPECT_EQ(whole.resource().port(), 80U);
  EXPECT_EQ(encoded(model::Metadata::make_default("audit")).default_(), "audit");
  EXPECT_EQ(encoded({"core", "Service", "web", ""}).default_(), "web");
  EXPECT_EQ(encoded({"core", "", "web", "shop"}).default_(), "web");
}

TEST(EncodeDuration, splits_seconds_and_nanoseconds) {
  google::protobuf::Duration message;
  encode_duration(std::chrono::milliseconds(1500), message);
  EXPECT_EQ(message.seconds(), 1);
  EXPECT_EQ(message.nanos(), 500'000'000);
}

TEST(EncodeEndpoint, writes_everything_that_is_known) {
  const model::Endpoint endpoint{
      .addr = SocketAddr::parse("10.0.0.1:80").value(),
      .weight = 7,
      .labels = {{"pod", "web-1"}},
      .tls = model::TlsIdentity{id("spiffe://example.org/web"), "web.example"},
      .hint = model::ProtocolHint::kH2,
      .opaque_transport_port = 4143,
      .authority_override = "web.remote:80",
      .http2 = model::Http2Params{.initial_connection_window = 2,
                                  .initial_stream_window = 1,
                                  .keep_alive_interval = std::chrono::seconds(10),
                                  .max_frame_size = 16384}};
  wire::destination::WeightedAddr message;
  encode_endpoint(endpoint, message);
  EXPECT_EQ(message.weight(), 7U);
  EXPECT_EQ(message.metric_labels().at("pod"), "web-1");
  EXPECT_EQ(message.tls_identity().uri_like_identity().uri(), "spiffe://example.org/web");
  EXPECT_EQ(message.tls_identity().server_name().name(), "web.example");
  EXPECT_TRUE(message.protocol_hint().has_h2());
  EXPECT_EQ(message.protocol_hint().opaque_transport().inbound_port(), 4143U);
  EXPECT_EQ(message.authority_override().authority_override(), "web.remote:80");
  EXPECT_EQ(message.http2().flow_control().initial_connection_window_size(), 2U);
  EXPECT_EQ(message.http2().keep_alive().interval().seconds(), 10);
  EXPECT_FALSE(message.http2().keep_alive().has_timeout());
  EXPECT_EQ(message.http2().internals().max_frame_size(), 16384U);
}

TEST(EncodeEndpoint, leaves_out_what_is_not) {
  wire::destination::WeightedAddr message;
  encode_endpoint({.addr = SocketAddr::parse("10.0.0.1:80").value()}, message);
  EXPECT_FALSE(message.has_tls_identity());
  EXPECT_FALSE(message.has_protocol_hint());
  EXPECT_FALSE(message.has_authority_override());
  EXPECT_FALSE(message.has_http2());
}

TEST(EncodeEndpoint, names_the_server_of_a_dns_identity_too) {
  wire::destination::WeightedAddr message;
  encode_endpoint({.addr = SocketAddr::parse("10.0.0.1:80").value(),
                   .tls = model::TlsIdentity{id("web.example"), "web.example"},
                   .hint = model::ProtocolHint::kOpaque},
                  message);
  EXPECT_EQ(message.tls_identity().dns_like_identity().name(), "web.example");
  EXPECT_EQ(message.tls_identity().server_name().name(), "web.example");
  EXPECT_TRUE(message.protocol_hint().has_opaque());
}

TEST(EncodeUpdate, cuts_large_sets_into_messages) {
  model::EndpointsAdded added;
  model::EndpointsRemoved removed;
  for (std::uint32_t i = 0; i <= kMaxEndpointsPerUpdate; ++i) {
    const SocketAddr addr{IpAddress::v4(0x0a000000U + i), 80};
    added.endpoints.push_back({.addr = addr});
    removed.addrs.push_back(addr);
  }
  const auto adds = encode_update(added);
  ASSERT_EQ(adds.size(), 2U);
  EXPECT_EQ(adds[0].add().addrs_size(), static_cast<int>(kMaxEndpointsPerUpdate));
  ASSERT_EQ(adds[1].add().addrs_size(), 1);
  EXPECT_EQ(adds[1].add().addrs(0).addr().ip().ipv4(), 0x0a000000U + kMaxEndpointsPerUpdate);
  const auto removes = encode_update(removed);
  ASSERT_EQ(removes.size(), 2U);
  EXPECT_EQ(removes[1].remove().addrs_size(), 1);
}

TEST(EncodeUpdate, says_nothing_for_nothing_and_says_when_all_are_gone) {
  EXPECT_TRUE(encode_update(model::EndpointsAdded{}).empty());
  EXPECT_TRUE(encode_update(model::EndpointsRemoved{}).empty());
  const auto none = encode_update(model::NoEndpoints{.exists = true});
  ASSERT_EQ(none.size(), 1U);
  EXPECT_TRUE(none[0].no_endpoints().exists());
}

}  // namespace
}  // namespace seine::control
