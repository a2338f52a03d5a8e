// SPDX-License-Identifier: Apache-2.0
#include "proxy/transport_header.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::string_view_literals;

TEST(TransportHeader, is_the_bytes_the_peer_expects) {
  const std::string bytes =
      encode({.port = 4321, .name = "a.b", .session = SessionProtocol::kHttp2});
  EXPECT_EQ(bytes,
            "transport.l5d.io/v1\r\n\r\n"
            "\0\0\0\x0c"
            "\x08\xe1\x21"
            "\x12\x03"
            "a.b"
            "\x1a\x02\x12\0"sv);
}

TEST(TransportHeader, comes_back_from_every_split) {
  for (const auto session :
       {SessionProtocol::kNone, SessionProtocol::kHttp1, SessionProtocol::kHttp2}) {
    const TransportHeader header{
        .port = 80, .name = "svc.ns.svc.cluster.local", .session = session};
    const std::string bytes = encode(header) + "payload";
    for (std::size_t n = 0; n < bytes.size() - 7; ++n) {
      const auto partial = decode_transport_header(std::string_view(bytes).substr(0, n));
      ASSERT_TRUE(partial.has_value() && !partial->has_value()) << n;
    }
    const auto whole = decode_transport_header(bytes);
    ASSERT_TRUE(whole.has_value() && whole->has_value());
    EXPECT_EQ((*whole)->header, header);
    EXPECT_EQ(bytes.substr((*whole)->size), "payload");
  }
}

TEST(TransportHeader, passes_over_fields_it_does_not_know) {
  const auto good = decode_transport_header(
      "transport.l5d.io/v1\r\n\r\n\0\0\0\x0d\x08\x50\x20\x01\x29"
      "12345678"sv);
  ASSERT_TRUE(good.has_value() && good->has_value());
  EXPECT_EQ((*good)->header.port, 80);
  const auto a_tag_without_its_value = decode_transport_header(
      "transport.l5d.io/v1\r\n\r\n\0\0\0\x0e\x08\x50\x20\x01\x29"
      "12345678\x08"sv);
  EXPECT_FALSE(a_tag_without_its_value.has_value());
}

TEST(TransportHeader, refuses_other_protocols_ports_and_sizes) {
  EXPECT_FALSE(decode_transport_header("GET / HTTP/1.1").has_value());
  const auto huge = decode_transport_header("transport.l5d.io/v1\r\n\r\n\0\1\0\1"sv);
  ASSERT_FALSE(huge.has_value());
  EXPECT_EQ(huge.error().code, ErrorCode::kLimit);
  EXPECT_FALSE(decode_transport_header("transport.l5d.io/v1\r\n\r\n\0\0\0\0"sv).has_value());
  EXPECT_FALSE(
      decode_transport_header("transport.l5d.io/v1\r\n\r\n\0\0\0\4\x08\x80\x80\x04"sv).has_value());
}

}  // namespace
}  // namespace seine::proxy
