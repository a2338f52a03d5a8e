// SPDX-License-Identifier: Apache-2.0
#include "http/http1_head.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "http/http1_write.h"

namespace seine::http {
namespace {

using runtime::Bytes;

std::expected<RequestFacts, HeadError> parse(std::string_view text, RequestHead& head) {
  HeadBuffer buffer;
  Bytes in = Bytes::copy_of(text);
  const auto whole = buffer.feed(in);
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) return bad_head("incomplete", 0);
  return parse_request_head(buffer.text(), head);
}

// 200 if `text` is a request, else the status that refuses it (0: not all of it is there).
int status_of(std::string_view text) {
  RequestHead head;
  const auto facts = parse(text, head);
  return facts ? 200 : facts.error().status;
}

// A request with these field lines.
int status_with(std::string_view fields) {
  return status_of("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
}

TEST(Http1RequestHead, is_split_into_its_parts) {
  RequestHead head;
  const auto facts = parse(
      "POST /a?b=c HTTP/1.1\r\nHost: shop:80\r\nX-Thing:  two words \r\nContent-Length: 12\r\n\r\n",
      head);
  ASSERT_TRUE(facts);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/a?b=c");
  EXPECT_EQ(head.scheme, "");
  EXPECT_EQ(head.effective_authority(), "shop:80");
  EXPECT_EQ(head.version, Version::kHttp11);
  ASSERT_EQ(head.headers.size(), 3U);
  EXPECT_EQ(head.headers.at(1).name, "x-thing");
  EXPECT_EQ(head.headers.at(1).value, "two words");
  EXPECT_EQ(facts->framing, (Framing{Framing::Kind::kLength, 12}));
  EXPECT_TRUE(facts->keep_alive);
  EXPECT_FALSE(facts->host_missing);
  EXPECT_FALSE(facts->hop_by_hop);
}

TEST(Http1RequestHead, knows_the_four_forms_of_a_target) {
  RequestHead head;
  ASSERT_TRUE(parse("GET HTTP://h:1?q HTTP/1.1\r\nHost: other\r\n\r\n", head));
  EXPECT_EQ(head.scheme, "http");
  EXPECT_EQ(head.authority, "h:1");
  EXPECT_EQ(head.path, "/?q");
  EXPECT_EQ(head.headers.get("host"), "h:1") << "RFC 9112 3.2.2: the target wins";
  ASSERT_TRUE(parse("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", head));
  EXPECT_EQ(head.authority, "h:443");
  EXPECT_EQ(head.path, "");
  ASSERT_TRUE(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", head));
  EXPECT_EQ(head.path, "*");
  ASSERT_TRUE(parse("OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n", head));
  EXPECT_EQ(head.path, "*");
}

TEST(Http1RequestHead, refuses_targets_it_cannot_be_sure_of) {
  for (const std::string_view line : {"GET a HTTP/1.1",
                                      "GET * HTTP/1.1",
                                      "GET /a#b HTTP/1.1",
                                      "GET /\xc3\xa4 HTTP/1.1",
                                      "GET /\x7f HTTP/1.1",
                                      "GET ftp://h/ HTTP/1.1",
                                      "GET http:///a HTTP/1.1",
                                      "GET http://u@h/ HTTP/1.1",
                                      "CONNECT h HTTP/1.1",
                                      "CONNECT /a HTTP/1.1",
                                      "CONNECT h:1 HTTP/1.0",
                                      "CONNECT h:x HTTP/1.1",
                                      "GET  / HTTP/1.1",
                                      "GET /  HTTP/1.1",
                                      "GET / HTTP/1.1 ",
                                      "GET /",
                                      "GET",
                                      " GET / HTTP/1.1",
                                      "G@T / HTTP/1.1",
                                      "GET\t/ HTTP/1.1",
                                      "GET / HTTP/11",
                                      "GET / http/1.1",
                                      "GET / HTTP/1.1\rX"}) {
    EXPECT_EQ(status_of(std::string(line) + "\r\nHost: a\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505);
}

TEST(Http1RequestHead, refuses_what_two_readers_could_read_differently) {
  for (const std::string_view fields :
       {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: 0x1\r\n",
        "Content-Length: 1, 1\r\n",
        "Content-Length: 1_0\r\n",
        "Content-Length:\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 9223372036854775809\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: b\r\n",
        "X : 1\r\n",
        "X\t: 1\r\n",
        ": 1\r\n",
        "X\r\n",
        " X: 1\r\n",
        "X: 1\r\n folded\r\n",
        "X: a\rb\r\n",
        "X: a\nb\r\n",
        "X: \x01\r\n",
        "X: \x7f\r\n",
        "X: a\r\r\n",
        "X y: 1\r\n",
        "X: 1\n",
        "\xc3: 1\r\n"}) {
    EXPECT_EQ(status_with(fields), 400) << fields;
  }
  EXPECT_EQ(status_with(std::string_view("X: a\0b\r\n", 8)), 400);
  for (const std::string_view coding : {"gzip", "gzip, chunked", "chunked, chunked", "identity",
                                        "x", "chunked;a", "\x0b chunked", ""}) {
    const int status = status_with("Transfer-Encoding: " + std::string(coding) + "\r\n");
    EXPECT_TRUE(status == 501 || status == 400) << coding;
  }
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
  EXPECT_EQ(status_with("Expect: miracles\r\n"), 417);
}

TEST(Http1RequestHead, merges_content_lengths_that_agree) {
  RequestHead head;
  const auto facts =
      parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\ncontent-length: 05\r\n\r\n", head);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->framing.length, 5U);
  EXPECT_EQ(head.headers.count("content-length"), 1U);
  EXPECT_EQ(head.headers.get("content-length"), "5");
}

TEST(Http1RequestHead, has_limits) {
  const std::string long_value(kMaxHeadSize, 'v');
  EXPECT_EQ(status_with("X: " + long_value + "\r\n"), 431);
  std::string many;
  for (std::size_t i = 0; i + 1 < kMaxFields; ++i) many += "x: y\r\n";
  EXPECT_EQ(status_with(many), 200);
  EXPECT_EQ(status_with(many + "x: y\r\n"), 431);
}

TEST(Http1RequestHead, says_what_becomes_of_the_connection) {
  const auto facts_of = [](std::string_view text) {
    RequestHead head;
    return parse(text, head).value();
  };
  EXPECT_FALSE(facts_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(facts_of("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(facts_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_TRUE(facts_of("GET / HTTP/1.1\r\n\r\n").host_missing);
  EXPECT_FALSE(facts_of("GET / HTTP/1.0\r\n\r\n").host_missing);
  const std::string_view upgrade = "Connection: Upgrade\r\nUpgrade: ";
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(upgrade);
  EXPECT_TRUE(facts_of(start + "websocket\r\n\r\n").upgrade);
  EXPECT_FALSE(facts_of(start + "websocket, h2c\r\n\r\n").upgrade);
  EXPECT_FALSE(facts_of(start + "websocket\r\nContent-Length: 1\r\n\r\n").upgrade);
  EXPECT_FALSE(facts_of("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n").upgrade);
  EXPECT_TRUE(facts_of("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
                       "Content-Length: 1\r\n\r\n")
                  .expect_continue);
}

TEST(Http1RequestHead, one_empty_line_may_stand_before_it) {
  EXPECT_EQ(status_of("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(status_of("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("\x16\x03\x01"), 400) << "a TLS record is refused at its first byte";
}

TEST(HeadBuffer, finds_the_same_head_in_any_cut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string all = head + "BODY";
  for (std::size_t i = 0; i <= all.size(); ++i) {
    for (std::size_t j = i; j <= all.size(); ++j) {
      HeadBuffer buffer;
      std::string rest;
      bool whole = false;
      for (const std::string_view piece :
           {std::string_view(all).substr(0, i), std::string_view(all).substr(i, j - i),
            std::string_view(all).substr(j)}) {
        Bytes in = Bytes::copy_of(piece);
        if (!whole) whole = buffer.feed(in).value();
        rest += in.view();
      }
      ASSERT_TRUE(whole);
      EXPECT_EQ(buffer.text(), head);
      EXPECT_EQ(rest, "BODY");
    }
  }
}

TEST(HopByHop, fields_of_one_connection_are_removed) {
  Headers headers;
  for (const std::string_view name : {"host", "x-a", "keep-alive", "proxy-connection", "te",
                                      "transfer-encoding", "upgrade", "x-b", "content-length"}) {
    headers.add(name, "1");
  }
  headers.add("connection", "X-A, close, Host");
  headers.add("connection", "content-length");
  remove_hop_by_hop(headers);
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_TRUE(headers.contains("host"));
  EXPECT_TRUE(headers.contains("x-b"));
  EXPECT_TRUE(headers.contains("content-length"));
  headers.add("te", "gzip, Trailers");
  remove_hop_by_hop(headers);
  EXPECT_EQ(headers.get("te"), "trailers");
}

Result<ResponseFacts> parse_response(std::string_view text, Asked asked, ResponseHead& head) {
  HeadBuffer buffer;
  Bytes in = Bytes::copy_of(text);
  if (const auto whole = buffer.feed(in); !whole) return fail(whole.error().error);
  return parse_response_head(buffer.text(), asked, head);
}

TEST(Http1ResponseHead, is_framed_by_what_was_asked) {
  ResponseHead head;
  const auto framing = [&](std::string_view status_and_fields, Asked asked = {}) {
    return parse_response("HTTP/1.1 " + std::string(status_and_fields) + "\r\n\r\n", asked, head)
        .value()
        .framing;
  };
  using Kind = Framing::Kind;
  EXPECT_EQ(framing("200 OK\r\nContent-Length: 3"), (Framing{Kind::kLength, 3}));
  EXPECT_EQ(framing("200 OK\r\nContent-Length: 3", {.head = true}), Framing{});
  EXPECT_EQ(framing("304\r\nContent-Length: 3"), Framing{});
  EXPECT_EQ(framing("204 \r\nContent-Length: 3"), Framing{});
  EXPECT_EQ(framing("100 Continue"), Framing{});
  EXPECT_EQ(framing("200 OK\r\nTransfer-Encoding: chunked"), (Framing{Kind::kChunked, 0}));
  EXPECT_EQ(framing("200 OK").kind, Kind::kUntilClose);
  EXPECT_EQ(framing("200 OK\r\nContent-Length: 0"), Framing{});
  EXPECT_EQ(framing("200 OK\r\nContent-Length: 9", {.connect = true}).kind, Kind::kUntilClose);
  EXPECT_FALSE(head.headers.contains("content-length"));
  EXPECT_EQ(framing("101 Go\r\nUpgrade: x", {.upgrade = true}).kind, Kind::kUntilClose);
}

TEST(Http1ResponseHead, refuses_what_is_not_one) {
  ResponseHead head;
  for (const std::string_view text :
       {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 0200 OK", "HTTP/2.0 200 OK", "HTTP/1.1",
        "HTTP/1.1 099 X", "HTTP/1.1 200 a\rb", "HTTP/1.1 101 Go", "HTTP/1.1 200\x01",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked", "\r\nHTTP/1.1 200 OK"}) {
    EXPECT_FALSE(parse_response(std::string(text) + "\r\n\r\n", {}, head)) << text;
  }
}

TEST(Http1Write, a_head_survives_a_round_trip) {
  RequestHead head;
  ASSERT_TRUE(parse("GET http://h/a HTTP/1.1\r\nA: 1\r\nb: \r\nHost: h\r\n\r\n", head));
  std::string text;
  ASSERT_TRUE(append_request_head(text, head, {}, ConnectionOption::kClose));
  EXPECT_EQ(text, "GET http://h/a HTTP/1.1\r\nhost: h\r\na: 1\r\nb: \r\nconnection: close\r\n\r\n");
}

TEST(Http1Write, a_head_from_http2_is_written_in_origin_form) {
  RequestHead head{.method = "POST",
                   .scheme = "http",
                   .authority = "h",
                   .path = "/a",
                   .version = Version::kHttp2};
  head.headers.add("host", "evil");
  std::string text;
  ASSERT_TRUE(append_request_head(text, head, {}, ConnectionOption::kNone));
  EXPECT_EQ(text, "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n");
}

TEST(Http1Write, refuses_parts_that_would_split_the_message) {
  std::string out;
  for (const std::string_view bad : {"a\r\nb: c", "a\nb", "a\rb"}) {
    RequestHead head;
    head.headers.add("x", bad);
    EXPECT_FALSE(append_request_head(out, head, {}, ConnectionOption::kNone));
    RequestHead name;
    name.headers.add(bad, "x");
    EXPECT_FALSE(append_request_head(out, name, {}, ConnectionOption::kNone));
    const RequestHead path{.path = "/" + std::string(bad)};
    EXPECT_FALSE(append_request_head(out, path, {}, ConnectionOption::kNone));
    const RequestHead method{.method = std::string(bad)};
    EXPECT_FALSE(append_request_head(out, method, {}, ConnectionOption::kNone));
    ResponseHead response;
    response.headers.add("x", bad);
    EXPECT_FALSE(
        append_response_head(out, response, {}, {}, Version::kHttp11, ConnectionOption::kNone));
  }
  const RequestHead space{.path = "/a HTTP/1.1"};
  EXPECT_FALSE(append_request_head(out, space, {}, ConnectionOption::kNone));
  EXPECT_EQ(out, "");
}

TEST(Http1Write, keeps_the_length_a_head_request_asked_for) {
  ResponseHead head;
  head.headers.add("content-length", "77");
  const Asked asked{.head = true};
  std::string text;
  const Framing framing = response_framing(head, nullptr, asked, Version::kHttp11);
  ASSERT_TRUE(
      append_response_head(text, head, framing, asked, Version::kHttp11, ConnectionOption::kNone));
  EXPECT_EQ(text, "HTTP/1.1 200 OK\r\ncontent-length: 77\r\n\r\n");
}

}  // namespace
}  // namespace seine::http
