// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/encode_tap_event.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
namespace wire = io::linkerd::proxy::tap;

TapRecord record(TapEvent event) {
  auto ends = std::make_shared<TapEnds>();
  ends->direction = Direction::kOutbound;
  ends->source = SocketAddr::parse("10.0.0.9:40000").value();
  ends->destination = SocketAddr::parse("[fd00::2]:8082").value();
  ends->source_labels = {{"tls", "loopback"}};
  ends->destination_labels = {{"tls", "true"}, {"server_id", "pay"}};
  ends->route_labels = {{"route_name", "charge"}};
  return {.tap = nullptr, .ends = ends, .stream = 7, .event = std::move(event), .size = 0};
}
wire::TapEvent encode(TapEvent event) {
  wire::TapEvent out;
  encode_tap_event(record(std::move(event)), 5, out);
  return out;
}
http::Headers fields(std::string_view name, std::string_view value) {
  http::Headers out;
  out.add(name, value);
  return out;
}

TEST(EncodeTapEvent, a_request_says_who_asks_whom_for_what) {
  const wire::TapEvent event = encode(TapRequestInit{.method = "POST",
                                                     .scheme = "https",
                                                     .authority = "pay:8082",
                                                     .path = "/charge?a=1",
                                                     .fields = fields("x-a", "b"),
                                                     .http2 = true});
  EXPECT_EQ(event.proxy_direction(), wire::TapEvent::OUTBOUND);
  EXPECT_EQ(event.source().ip().ipv4(), 0x0a000009U);
  EXPECT_EQ(event.source().port(), 40000U);
  EXPECT_EQ(event.destination().ip().ipv6().last(), 2U);
  EXPECT_EQ(event.source_meta().labels().at("tls"), "loopback");
  EXPECT_EQ(event.destination_meta().labels().at("server_id"), "pay");
  EXPECT_EQ(event.route_meta().labels().at("route_name"), "charge");
  const auto& init = event.http().request_init();
  EXPECT_EQ(init.id().base(), 5U);
  EXPECT_EQ(init.id().stream(), 7U);
  EXPECT_EQ(init.method().registered(), io::linkerd::proxy::http_types::HttpMethod::POST);
  EXPECT_EQ(init.scheme().registered(), io::linkerd::proxy::http_types::Scheme::HTTPS);
  EXPECT_EQ(init.authority(), "pay:8082");
  EXPECT_EQ(init.path(), "/charge?a=1");
  ASSERT_EQ(init.headers().headers_size(), 5);
  EXPECT_EQ(init.headers().headers(3).name(), ":path");
  EXPECT_EQ(init.headers().headers(4).name(), "x-a");
}

TEST(EncodeTapEvent, headers_that_were_not_asked_for_are_absent_even_for_http2) {
  const wire::TapEvent event =
      encode(TapRequestInit{.method = "BREW", .scheme = "coap", .path = "/", .http2 = true});
  EXPECT_FALSE(event.http().request_init().has_headers());
  EXPECT_EQ(event.http().request_init().method().unregistered(), "BREW");
  EXPECT_EQ(event.http().request_init().scheme().unregistered(), "coap");
}

TEST(EncodeTapEvent, times_are_whole_to_the_nanosecond) {
  const wire::TapEvent answer =
      encode(TapResponseInit{.since_request = 2s + 3ns, .status = 503, .fields = {}});
  EXPECT_EQ(answer.http().response_init().since_request_init().seconds(), 2);
  EXPECT_EQ(answer.http().response_init().since_request_init().nanos(), 3);
  EXPECT_EQ(answer.http().response_init().http_status(), 503U);
}

TEST(EncodeTapEvent, an_end_is_a_grpc_status_or_a_reset_or_neither) {
  const auto end = [](TapResponseEnd how) { return encode(std::move(how)).http().response_end(); };
  EXPECT_FALSE(end({.bytes = 12}).has_eos());
  EXPECT_EQ(end({.bytes = 12}).response_bytes(), 12U);
  EXPECT_EQ(end({.grpc_status = 0}).eos().end_case(), wire::Eos::kGrpcStatusCode);
  EXPECT_EQ(end({.reset = 8}).eos().reset_error_code(), 8U);
  EXPECT_EQ(end({.reset = 2, .error = "read error"}).seine_error(), "read error");
  EXPECT_EQ(end({.trailers = fields("grpc-status", "0")}).trailers().headers_size(), 1);
}

TEST(EncodeTapEvent, texts_are_utf8_whatever_came) {
  const auto path = [](std::string text) {
    const auto event = encode(TapRequestInit{.path = std::move(text)});
    std::string bytes;
    EXPECT_TRUE(event.SerializeToString(&bytes));
    EXPECT_TRUE(wire::TapEvent().ParseFromString(bytes));
    return event.http().request_init().path();
  };
  EXPECT_EQ(path("/\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9f"), "/\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9f");
  const std::string unknown = "\xef\xbf\xbd";
  EXPECT_EQ(path("/\xff/\xc3"), "/" + unknown + "/" + unknown);
  EXPECT_EQ(path("/\xed\xa0\x80"), "/" + unknown + unknown + unknown);
  EXPECT_EQ(path("/\xc0\xaf"), "/" + unknown + unknown);
}

}  // namespace
}  // namespace seine::proxy
