// SPDX-License-Identifier: Apache-2.0
#include "cli/tap/tap_lines.h"

#include "gtest/gtest.h"

#include "json/value.h"

namespace seine::cli {
namespace {

using Event = io::linkerd::proxy::tap::TapEvent;
using seine::tap::v1::Tapped;

Tapped event(Event::ProxyDirection direction = Event::INBOUND) {
  Tapped out;
  Event& event = *out.mutable_event();
  event.mutable_source()->mutable_ip()->set_ipv4(0x0a000009);
  event.mutable_source()->set_port(40000);
  event.mutable_destination()->mutable_ip()->mutable_ipv6()->set_first(0xfd00'0000'0000'0000);
  event.mutable_destination()->mutable_ip()->mutable_ipv6()->set_last(2);
  event.mutable_destination()->set_port(8082);
  (*event.mutable_source_meta()->mutable_labels())["tls"] = "true";
  (*event.mutable_destination_meta()->mutable_labels())["tls"] = "loopback";
  event.set_proxy_direction(direction);
  out.mutable_source()->set_namespace_("shop");
  out.mutable_source()->set_pod("web-abcde");
  out.mutable_source()->set_workload_kind("deployment");
  out.mutable_source()->set_workload("web");
  return out;
}
Tapped request(std::string path) {
  Tapped out = event();
  auto& init = *out.mutable_event()->mutable_http()->mutable_request_init();
  init.mutable_id()->set_base(1);
  init.mutable_id()->set_stream(7);
  init.mutable_method()->set_registered(io::linkerd::proxy::http_types::HttpMethod::POST);
  init.set_authority("payments:8082");
  init.set_path(std::move(path));
  return out;
}
Tapped end() {
  Tapped out = event(Event::OUTBOUND);
  auto& end = *out.mutable_event()->mutable_http()->mutable_response_end();
  end.mutable_since_response_init()->set_nanos(1'234'567);
  end.set_response_bytes(12);
  return out;
}

TEST(TapLines, a_request_is_a_line_as_linkerd_writes_it) {
  EXPECT_EQ(tap_line(request("/purchase?card=***"), ""),
            "req id=1:7 proxy=in  src=10.0.0.9:40000 dst=[fd00::2]:8082 tls=true :method=POST "
            ":authority=payments:8082 :path=/purchase?card=***\n");
}

TEST(TapLines, an_answer_has_its_status_and_its_latency) {
  Tapped answer = event(Event::OUTBOUND);
  auto& init = *answer.mutable_event()->mutable_http()->mutable_response_init();
  init.set_http_status(503);
  init.mutable_since_request_init()->set_seconds(2);
  init.mutable_since_request_init()->set_nanos(1'500);
  EXPECT_EQ(tap_line(answer, ""),
            "rsp id=0:0 proxy=out src=10.0.0.9:40000 dst=[fd00::2]:8082 tls=loopback :status=503 "
            "latency=2000001µs\n");
}

TEST(TapLines, an_end_has_its_grpc_status_or_its_reset_or_neither) {
  const std::string flow =
      "end id=0:0 proxy=out src=10.0.0.9:40000 dst=[fd00::2]:8082 tls=loopback";
  Tapped how = end();
  EXPECT_EQ(tap_line(how, ""), flow + " duration=1234µs response-length=12B\n");
  auto& eos = *how.mutable_event()->mutable_http()->mutable_response_end()->mutable_eos();
  eos.set_grpc_status_code(5);
  EXPECT_EQ(tap_line(how, ""),
            flow + " grpc-status=NotFound duration=1234µs response-length=12B\n");
  eos.set_grpc_status_code(0);
  EXPECT_EQ(tap_line(how, ""), flow + " grpc-status=OK duration=1234µs response-length=12B\n");
  eos.set_grpc_status_code(99);
  EXPECT_EQ(tap_line(how, ""),
            flow + " grpc-status=Code(99) duration=1234µs response-length=12B\n");
  eos.set_reset_error_code(8);
  EXPECT_EQ(tap_line(how, ""), flow + " reset-error=8 duration=1234µs response-length=12B\n");
}

TEST(TapLines, an_end_that_broke_off_says_why) {
  Tapped how = end();
  auto& last = *how.mutable_event()->mutable_http()->mutable_response_end();
  last.mutable_eos()->set_reset_error_code(2);
  last.set_seine_error("read error: 10.0.0.1:80: ECONNRESET");
  EXPECT_TRUE(tap_line(how, "").ends_with(
      " response-length=12B error=\"read error: 10.0.0.1:80: ECONNRESET\"\n"))
      << tap_line(how, "");
  last.set_seine_not_retried("its 2 retries are used up");
  EXPECT_TRUE(tap_line(how, "").ends_with("\" not-retried=\"its 2 retries are used up\"\n"))
      << tap_line(how, "");
  last.clear_seine_not_retried();
  last.set_seine_error("he said \"\n\x1b[2J\" ");
  EXPECT_TRUE(tap_line(how, "").ends_with(" error=\"he said \\\"\\x0a\\x1b[2J\\\" \"\n"))
      << tap_line(how, "");
}

TEST(TapLines, wide_names_both_ends_and_the_route) {
  Tapped tapped = end();
  (*tapped.mutable_event()->mutable_route_meta()->mutable_labels())["route"] = "GET /a";
  const std::string by_workload = tap_line(tapped, "deployment");
  EXPECT_TRUE(by_workload.ends_with(
      " response-length=12B src_res=deploy/web src_ns=shop rt_route=GET\\x20/a\n"))
      << by_workload;
  const std::string by_pod = tap_line(tapped, "pod");
  EXPECT_TRUE(by_pod.contains(" src_res=po/web-abcde src_ns=shop")) << by_pod;
}

TEST(TapLines, what_strangers_write_cannot_drive_a_terminal_or_forge_a_line) {
  EXPECT_EQ(escape_tap_field("/a\x1b[2J"), "/a\\x1b[2J");
  EXPECT_EQ(escape_tap_field("/a\nreq id=9:9"), "/a\\x0areq\\x20id=9:9");
  EXPECT_EQ(escape_tap_field("\xc2\x9b\x7f\xe2\x80\xae"), "\\xc2\\x9b\\x7f\\xe2\\x80\\xae");
  EXPECT_EQ(escape_tap_field("\\x1b"), "\\\\x1b");
  Tapped hostile = request("/\r\n\x1b]0;x\x07");
  auto& init = *hostile.mutable_event()->mutable_http()->mutable_request_init();
  init.set_authority("a b\x1b");
  init.mutable_method()->set_unregistered("\x1b[31m");
  (*hostile.mutable_event()->mutable_source_meta()->mutable_labels())["tls"] = "\x1b";
  (*hostile.mutable_event()->mutable_route_meta()->mutable_labels())["\x1b"] = "\x1b";
  hostile.mutable_source()->set_workload("\x1b");
  for (const std::string& text : {tap_line(hostile, "deployment"), tap_json(hostile)}) {
    ASSERT_TRUE(text.ends_with("\n"));
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      EXPECT_TRUE(text[i] >= 0x20 && text[i] < 0x7f) << text;
    }
  }
}

TEST(TapLines, json_is_one_object_a_line_with_linkerds_keys) {
  Tapped tapped = request("/a");
  auto& header = *tapped.mutable_event()
                      ->mutable_http()
                      ->mutable_request_init()
                      ->mutable_headers()
                      ->add_headers();
  header.set_name("x-name");
  header.set_value("\xc3\xa4\xf0\x9f\x90\x9f");
  EXPECT_EQ(
      tap_json(tapped),
      R"({"source":{"ip":"10.0.0.9","port":40000,"metadata":{"deployment":"web","namespace":"shop",)"
      R"("pod":"web-abcde","serviceaccount":"","tls":"true"}},"destination":{"ip":"fd00::2",)"
      R"("port":8082,"metadata":{"tls":"loopback"}},"routeMeta":{},"proxyDirection":"INBOUND",)"
      R"("requestInitEvent":{"id":{"base":1,"stream":7},"method":"POST","scheme":"http",)"
      R"("authority":"payments:8082","path":"/a","headers":[{"name":"x-name",)"
      R"("valueStr":"\u00e4\ud83d\udc1f"}]}})"
      "\n");
  EXPECT_TRUE(tap_json(end()).contains(
      R"("responseEndEvent":{"id":{"base":0,"stream":0},"sinceRequestInit":{"seconds":0,"nanos":0},)"
      R"("sinceResponseInit":{"seconds":0,"nanos":1234567},"responseBytes":12,"trailers":[]})"));
}

TEST(TapLines, what_is_no_event_is_no_line) {
  EXPECT_EQ(tap_line(event(), ""), "");
  EXPECT_EQ(tap_json(event()), "");
}

}  // namespace
}  // namespace seine::cli
