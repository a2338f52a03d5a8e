// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_values.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

namespace wire = io::linkerd::proxy;

Result<Duration> decoded(std::int64_t seconds, std::int32_t nanos) {
  google::protobuf::Duration message;
  message.set_seconds(seconds);
  message.set_nanos(nanos);
  return decode_duration(message);
}

TEST(DecodeAddr, reads_what_encode_wrote) {
  for (std::string_view text : {"10.1.2.3:80", "[2001:db8::ff01]:65535"}) {
    const SocketAddr addr = SocketAddr::parse(text).value();
    wire::net::TcpAddress message;
    encode_addr(addr, message);
    EXPECT_EQ(decode_addr(message).value(), addr);
  }
}

TEST(DecodeAddr, takes_ipv4_as_a_number) {
  wire::net::TcpAddress message;
  message.mutable_ip()->set_ipv4(0x0a000001);
  message.set_port(80);
  EXPECT_EQ(decode_addr(message)->to_string(), "10.0.0.1:80");
}

TEST(DecodeAddr, refuses_missing_parts) {
  wire::net::TcpAddress message;
  message.set_port(80);
  EXPECT_EQ(decode_addr(message).error().message, "ip is missing");
  message.mutable_ip()->set_ipv4(1);
  for (std::uint32_t port : {0U, 65536U}) {
    message.set_port(port);
    const auto refused = decode_addr(message);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidPolicy);
    EXPECT_EQ(refused.error().origin, ErrorOrigin::kControlPlane);
  }
}

TEST(DecodeNetwork, refuses_a_prefix_longer_than_the_address) {
  wire::net::IPNetwork message;
  message.mutable_ip()->set_ipv4(0x0a000001);
  message.set_prefix_len(8);
  EXPECT_EQ(decode_network(message)->to_string(), "10.0.0.0/8");
  message.set_prefix_len(33);
  EXPECT_FALSE(decode_network(message).has_value());
}

TEST(DecodeDuration, is_bounded_on_both_sides) {
  EXPECT_EQ(decoded(1, 5).value(), std::chrono::nanoseconds(1'000'000'005));
  EXPECT_EQ(decoded(0, 0).value(), Duration::zero());
  EXPECT_FALSE(decoded(-1, 0).has_value());
  EXPECT_FALSE(decoded(0, -1).has_value());
  EXPECT_FALSE(decoded(0, 1'000'000'000).has_value());
  EXPECT_FALSE(decoded(315'576'000'000, 0).has_value());
}

TEST(DecodeMetadata, tells_defaults_from_resources) {
  wire::meta::Metadata message;
  EXPECT_EQ(decode_metadata(message, true).error().message, "metadata is missing");
  message.set_default_("audit");
  EXPECT_EQ(decode_metadata(message, true).value(), model::Metadata::make_default("audit"));

  wire::meta::Resource& resource = *message.mutable_resource();
  EXPECT_EQ(decode_metadata(message, true).error().message, "metadata has no group");
  resource.set_group("core");
  EXPECT_EQ(decode_metadata(message, true).error().message, "metadata has no kind");
  resource.set_kind("Service");
  EXPECT_EQ(decode_metadata(message, true).error().message, "metadata has no name");
  resource.set_name("web");
  EXPECT_EQ(decode_metadata(message, true).error().message, "metadata has no namespace");
  EXPECT_TRUE(decode_metadata(message, false).has_value());
  resource.set_namespace_("shop");
  resource.set_section("http");
  resource.set_port(80);
  EXPECT_EQ(decode_metadata(message, true).value(),
            (model::Metadata{"core", "Service", "web", "shop", "http", 80}));
  resource.set_port(65536);
  EXPECT_FALSE(decode_metadata(message, true).has_value());
}

}  // namespace
}  // namespace seine::proxy
