// SPDX-License-Identifier: Apache-2.0
#include "proxy/orig_proto.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

http::RequestHead origin_form() {
  http::RequestHead head;
  head.path = "/a?b";
  head.headers.add("host", "web.shop");
  head.headers.add("connection", "X-Hop, close");
  head.headers.add("x-hop", "1");
  head.headers.add("keep-alive", "timeout=5");
  head.headers.add("transfer-encoding", "chunked");
  head.headers.add("x-app", "2");
  return head;
}

TEST(OrigProto, a_request_comes_out_as_it_went_in) {
  http::RequestHead head = origin_form();
  upgrade_request(head, "10.0.0.1:80");
  EXPECT_EQ(head.version, http::Version::kHttp2);
  EXPECT_EQ(head.authority, "web.shop");
  EXPECT_EQ(head.scheme, "http");
  EXPECT_EQ(head.headers.get("l5d-orig-proto"), "HTTP/1.1");
  for (const char* gone : {"connection", "x-hop", "keep-alive", "transfer-encoding", "host"}) {
    EXPECT_FALSE(head.headers.contains(gone)) << gone;
  }
  EXPECT_TRUE(downgrade_request(head));
  EXPECT_EQ(head.version, http::Version::kHttp11);
  EXPECT_EQ(head.authority, "");
  EXPECT_EQ(head.path, "/a?b");
  EXPECT_EQ(head.headers.get("host"), "web.shop");
  EXPECT_EQ(head.headers.get("x-app"), "2");
  EXPECT_FALSE(head.headers.contains("l5d-orig-proto"));
}

TEST(OrigProto, absolute_form_keeps_its_form_and_a_differing_host) {
  http::RequestHead head;
  head.scheme = "http";
  head.authority = "a.example";
  head.path = "/";
  head.headers.add("host", "b.example");
  upgrade_request(head, "10.0.0.1:80");
  EXPECT_EQ(head.headers.get("l5d-orig-proto"), "HTTP/1.1; absolute-form");
  EXPECT_TRUE(downgrade_request(head));
  EXPECT_EQ(head.scheme, "http");
  EXPECT_EQ(head.authority, "a.example");
  EXPECT_EQ(head.headers.get("host"), "b.example");
}

TEST(OrigProto, http10_without_host_is_named_by_its_destination) {
  http::RequestHead head;
  head.version = http::Version::kHttp10;
  upgrade_request(head, "10.0.0.1:80");
  EXPECT_EQ(head.authority, "10.0.0.1:80");
  EXPECT_TRUE(downgrade_request(head));
  EXPECT_EQ(head.version, http::Version::kHttp10);
}

TEST(OrigProto, an_http1_client_cannot_forge_the_header) {
  http::RequestHead head = origin_form();
  head.headers.add("l5d-orig-proto", "HTTP/1.0; absolute-form");
  EXPECT_FALSE(downgrade_request(head));
  EXPECT_FALSE(head.headers.contains("l5d-orig-proto"));
  EXPECT_EQ(head.version, http::Version::kHttp11);
}

TEST(OrigProto, upgrades_and_connect_stay_on_http1) {
  http::RequestHead head = origin_form();
  EXPECT_TRUE(can_upgrade(head));
  head.headers.add("upgrade", "websocket");
  EXPECT_FALSE(can_upgrade(head));
  http::RequestHead connect;
  connect.method = "CONNECT";
  EXPECT_FALSE(can_upgrade(connect));
}

TEST(OrigProto, a_client_cannot_have_host_or_length_dropped) {
  http::RequestHead head = origin_form();
  head.headers.set("connection", "Host, Content-Length");
  head.headers.add("content-length", "3");
  upgrade_request(head, "d");
  EXPECT_EQ(head.authority, "web.shop");
  EXPECT_EQ(head.headers.get("content-length"), "3");
}

TEST(OrigProto, the_answer_loses_the_header_on_its_way_back) {
  http::ResponseHead head;
  head.headers.add("connection", "close");
  upgrade_response(head);
  EXPECT_EQ(head.version, http::Version::kHttp2);
  EXPECT_EQ(head.headers.get("l5d-orig-proto"), "HTTP/1.1");
  EXPECT_FALSE(head.headers.contains("connection"));
  downgrade_response(head, http::Version::kHttp11);
  EXPECT_EQ(head.version, http::Version::kHttp11);
  EXPECT_FALSE(head.headers.contains("l5d-orig-proto"));
}

}  // namespace
}  // namespace seine::proxy
