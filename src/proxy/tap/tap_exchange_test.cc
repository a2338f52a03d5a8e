// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap_exchange.h"

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::BodyPoll;

struct NoWake final : runtime::Wakeable {
  void on_wake() override {}
};

struct TapLab {
  std::shared_ptr<Tap> tap(std::uint32_t limit = 100, bool headers = true,
                           TapMatch match = {TapMatch::All{}}) {
    auto made = std::make_shared<Tap>(std::move(match), headers, limit, box);
    taps.add(made);
    return made;
  }
  TapExchange open(http::RequestHead head = {}) {
    return taps.open({.direction = Direction::kInbound,
                      .source = SocketAddr::parse("10.0.0.9:1").value(),
                      .destination = SocketAddr::parse("10.0.0.2:80").value(),
                      .source_labels = {},
                      .destination_labels = {},
                      .route_labels = {}},
                     head);
  }
  // One letter an event: q(uery), a(nswer), e(nd), . (the tap has shown all).
  std::string events() {
    std::string out;
    last = box.take();
    for (const TapRecord& record : last) out += "?qae"[record.event.index()];
    for (char& c : out) c = c == '?' ? '.' : c;
    return out;
  }
  template <class Event>
  const Event& event(std::size_t index) {
    return std::get<Event>(last[index].event);
  }

  runtime::testing::TestLoop t;
  TapBox box{t.loop, kTapBoxCapacity};
  TapSet taps{t.loop, 3, 4};
  std::vector<TapRecord> last;
  NoWake nobody;
};

TEST(TapExchange, nobody_watches_where_there_is_no_tap_or_none_that_matches) {
  TapLab lab;
  EXPECT_FALSE(lab.taps.any());
  EXPECT_FALSE(lab.open().watched());
  lab.tap(1, true, {TapMatch::Any{}});
  EXPECT_TRUE(lab.taps.any());
  EXPECT_FALSE(lab.open().watched());
}

TEST(TapExchange, a_request_its_answer_and_its_end_are_told_with_their_times) {
  TapLab lab;
  const auto tap = lab.tap();
  http::RequestHead head;
  head.path = "/a?b=c";
  head.headers.add("host", "web");
  TapExchange exchange = lab.open(head);
  exchange.begin();
  lab.t.advance(20ms);
  http::testing::BodyFeed feed;
  http::Response response;
  response.head.status = 201;
  response.head.headers.add("x-answer", "1");
  response.body = std::make_unique<http::testing::FedBody>(feed);
  response = exchange.observe(std::move(response));
  feed.push("12345");
  lab.t.advance(30ms);
  runtime::Bytes data;
  EXPECT_EQ(response.body->poll(lab.nobody, data), BodyPoll::kData);
  feed.end();
  EXPECT_EQ(response.body->poll(lab.nobody, data), BodyPoll::kEnd);

  ASSERT_EQ(lab.events(), "qae");
  const auto& request = lab.event<TapRequestInit>(0);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.scheme, "http");
  EXPECT_EQ(request.authority, "web");
  EXPECT_EQ(request.path, "/a?b=c");
  EXPECT_EQ(request.fields.get("host"), "web");
  const auto& answer = lab.event<TapResponseInit>(1);
  EXPECT_EQ(answer.since_request, 20ms);
  EXPECT_EQ(answer.status, 201);
  const auto& end = lab.event<TapResponseEnd>(2);
  EXPECT_EQ(end.since_request, 50ms);
  EXPECT_EQ(end.since_response, 30ms);
  EXPECT_EQ(end.bytes, 5U);
  EXPECT_FALSE(end.grpc_status);
  EXPECT_FALSE(end.reset);
  EXPECT_EQ(lab.last[0].stream, 3U);
  EXPECT_EQ(lab.last[2].stream, 3U);
}

TEST(TapExchange, streams_of_several_workers_have_numbers_of_their_own) {
  TapLab lab;
  lab.tap();
  lab.open().begin();
  lab.open().begin();
  ASSERT_EQ(lab.events(), "qeqe");
  EXPECT_EQ(lab.last[0].stream, 3U);
  EXPECT_EQ(lab.last[2].stream, 7U);
}

TEST(TapExchange, headers_go_only_to_taps_that_ask_for_them) {
  TapLab lab;
  lab.tap(1, false);
  lab.tap(1, true);
  http::RequestHead head;
  head.headers.add("x-secret", "1");
  TapExchange exchange = lab.open(head);
  exchange.begin();
  ASSERT_EQ(lab.events(), "qq");
  EXPECT_TRUE(lab.event<TapRequestInit>(0).fields.empty());
  EXPECT_EQ(lab.event<TapRequestInit>(1).fields.size(), 1U);
}

TEST(TapExchange, a_grpc_status_is_found_in_trailers_and_in_a_head_without_a_body) {
  TapLab lab;
  lab.tap();
  http::Response response;
  response.head.headers.add("content-type", "application/grpc");
  http::Headers trailers;
  trailers.add("grpc-status", "5");
  response.body = http::make_body("x", trailers);
  TapExchange with_body = lab.open();
  with_body.begin();
  response = with_body.observe(std::move(response));
  runtime::Bytes data;
  while (response.body->poll(lab.nobody, data) == BodyPoll::kData) {
  }
  ASSERT_EQ(lab.events(), "qae");
  EXPECT_EQ(lab.event<TapResponseEnd>(2).grpc_status, 5U);

  http::Response bare;
  bare.head.headers.add("content-type", "application/grpc");
  bare.head.headers.add("grpc-status", "14");
  TapExchange without = lab.open();
  without.begin();
  (void)without.observe(std::move(bare));
  ASSERT_EQ(lab.events(), "qae");
  EXPECT_EQ(lab.event<TapResponseEnd>(2).grpc_status, 14U);
}

TEST(TapExchange, a_failure_is_a_reset_with_the_code_that_came) {
  TapLab lab;
  lab.tap();
  Error reset = make_error(ErrorCode::kReset, "refused");
  reset.cause = Error::Cause::kH2;
  reset.cause_code = 7;
  for (const Error& error : {reset, make_error(ErrorCode::kConnectRefused, "no")}) {
    TapExchange exchange = lab.open();
    exchange.begin();
    exchange.fail(error);
  }
  ASSERT_EQ(lab.events(), "qeqe");
  EXPECT_EQ(lab.event<TapResponseEnd>(1).reset, 7U);
  EXPECT_EQ(lab.event<TapResponseEnd>(1).error,
            "stream reset: 10.0.0.2:80: refused: REFUSED_STREAM");
  EXPECT_EQ(lab.event<TapResponseEnd>(3).reset, 2U);
  EXPECT_EQ(lab.event<TapResponseEnd>(3).error, "connect refused: 10.0.0.2:80: no");
}

TEST(TapExchange, a_body_that_breaks_is_a_reset_and_one_that_is_dropped_a_cancellation) {
  TapLab lab;
  lab.tap();
  http::testing::BodyFeed broken;
  http::testing::BodyFeed dropped;
  runtime::Bytes data;
  for (auto* feed : {&broken, &dropped}) {
    TapExchange exchange = lab.open();
    exchange.begin();
    http::Response response;
    response.body = std::make_unique<http::testing::FedBody>(*feed);
    response = exchange.observe(std::move(response));
    if (feed == &broken) {
      feed->fail(make_error(ErrorCode::kEof, "gone"));
      EXPECT_EQ(response.body->poll(lab.nobody, data), BodyPoll::kError);
    }
  }
  ASSERT_EQ(lab.events(), "qaeqae");
  EXPECT_EQ(lab.event<TapResponseEnd>(2).reset, 2U);
  EXPECT_EQ(lab.event<TapResponseEnd>(2).error, "unexpected end of stream: 10.0.0.2:80: gone");
  EXPECT_EQ(lab.event<TapResponseEnd>(5).reset, 8U);
  EXPECT_EQ(lab.event<TapResponseEnd>(5).error, "cancelled");
}

TEST(TapExchange, an_end_waits_for_the_verdict_on_another_try) {
  TapLab lab;
  lab.tap();
  auto verdict = std::make_shared<TapVerdict>();
  TapExchange failed = lab.open();
  failed.await(verdict);
  failed.begin();
  failed.fail(make_error(ErrorCode::kConnectRefused, "no"));
  EXPECT_EQ(lab.events(), "q");
  lab.t.advance(1s);
  verdict->settle("its 2 retries are used up");
  verdict->settle("twice");
  ASSERT_EQ(lab.events(), "e");
  EXPECT_EQ(lab.event<TapResponseEnd>(0).not_retried, "its 2 retries are used up");
  EXPECT_EQ(lab.event<TapResponseEnd>(0).since_request, Duration::zero());
}

TEST(TapExchange, a_verdict_may_come_before_the_end_or_never) {
  TapLab lab;
  lab.tap();
  http::testing::BodyFeed feed;
  runtime::Bytes data;
  const auto answer = [&](std::shared_ptr<TapVerdict> verdict) {
    TapExchange exchange = lab.open();
    exchange.await(std::move(verdict));
    exchange.begin();
    http::Response response;
    response.body = std::make_unique<http::testing::FedBody>(feed);
    return exchange.observe(std::move(response));
  };
  auto early = std::make_shared<TapVerdict>();
  http::Response first = answer(early);
  early->settle("its body is too long");
  early.reset();
  feed.end();
  EXPECT_EQ(first.body->poll(lab.nobody, data), BodyPoll::kEnd);
  ASSERT_EQ(lab.events(), "qae");
  EXPECT_EQ(lab.event<TapResponseEnd>(2).not_retried, "its body is too long");
  auto never = std::make_shared<TapVerdict>();
  http::Response second = answer(never);
  second.body.reset();
  EXPECT_EQ(lab.events(), "qa");
  never.reset();
  ASSERT_EQ(lab.events(), "e");
  EXPECT_EQ(lab.event<TapResponseEnd>(0).not_retried, "");
}

TEST(TapExchange, a_request_that_never_left_was_never_there) {
  TapLab lab;
  const auto tap = lab.tap(1);
  lab.open().fail(make_error(ErrorCode::kConnectRefused, "no"));
  EXPECT_EQ(lab.events(), "");
  EXPECT_TRUE(tap->is_open());
}

TEST(TapExchange, a_tap_shows_as_many_requests_as_it_was_asked_to_and_then_says_so) {
  TapLab lab;
  const auto tap = lab.tap(2);
  TapExchange first = lab.open();
  TapExchange second = lab.open();
  TapExchange third = lab.open();
  for (TapExchange* exchange : {&first, &second, &third}) exchange->begin();
  EXPECT_EQ(lab.events(), "qq");
  EXPECT_FALSE(lab.open().watched());
  (void)first.observe({});
  (void)third.observe({});
  EXPECT_EQ(lab.events(), "ae");
  (void)second.observe({});
  EXPECT_EQ(lab.events(), "ae.");
}

TEST(TapExchange, events_beyond_the_bound_are_dropped_and_counted_and_requests_pass) {
  TapLab lab;
  const auto tap = lab.tap(10'000);
  std::vector<TapExchange> open;
  for (std::uint32_t i = 0; i < kMaxTapEvents + 10; ++i) {
    open.push_back(lab.open());
    open.back().begin();
  }
  EXPECT_EQ(tap->take_dropped(), 10U);
  // Those that are shown still find room for their answers.
  for (TapExchange& exchange : open) (void)exchange.observe({});
  EXPECT_EQ(tap->take_dropped(), 0U);
  EXPECT_EQ(lab.events().size(), 3 * kMaxTapEvents);
  // Written events make room.
  for (const TapRecord& record : lab.last) tap->take(record);
  lab.open().begin();
  EXPECT_EQ(lab.events(), "qe");
}

TEST(TapExchange, the_bytes_that_wait_are_bounded) {
  TapLab lab;
  const auto tap = lab.tap(10'000);
  http::RequestHead head;
  head.path = std::string(kMaxTapBytes / 4, 'x');
  std::vector<TapExchange> open;
  for (int i = 0; i < 10; ++i) {
    open.push_back(lab.open(head));
    open.back().begin();
  }
  EXPECT_LT(lab.events().size(), 5U);
  EXPECT_GT(tap->take_dropped(), 5U);
}

TEST(TapExchange, a_tap_that_was_closed_hears_nothing_more) {
  TapLab lab;
  const auto tap = lab.tap();
  TapExchange exchange = lab.open();
  exchange.begin();
  tap->close();
  lab.taps.remove(*tap);
  EXPECT_FALSE(lab.taps.any());
  (void)exchange.observe({});
  EXPECT_EQ(lab.events(), "q");
}

TEST(TapExchange, labels_speak_of_tls_as_linkerds_taps_do) {
  EXPECT_EQ(tap_tls_labels(TlsLabels::meshed("web"), "client_id"),
            (model::Labels{{"tls", "true"}, {"client_id", "web"}}));
  EXPECT_EQ(tap_tls_labels(TlsLabels::none("no_tls_from_remote"), "client_id"),
            (model::Labels{{"tls", "no_tls_from_remote"}}));
  EXPECT_EQ(tap_tls_labels(TlsLabels::passed_through("x"), "client_id"),
            (model::Labels{{"tls", "opaque"}}));
  EXPECT_EQ(tap_route_labels(model::Metadata::make_default("d")), model::Labels());
  EXPECT_EQ(
      tap_route_labels(model::Metadata::make_resource("g", "HTTPRoute", "shop", "r")),
      (model::Labels{{"route_group", "g"}, {"route_kind", "HTTPRoute"}, {"route_name", "r"}}));
}

}  // namespace
}  // namespace seine::proxy
