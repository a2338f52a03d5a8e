// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "http/testing/fed_body.h"
#include "http/testing/http2_pair.h"
#include "runtime/combine.h"

namespace seine::http {
namespace {

using runtime::Task;
using testing::BodyFeed;
using testing::FedBody;
using testing::Http2Pair;
using testing::ScriptedService;

Task<Result<Response>> note_and_answer(ScriptedService& self, Request request) {
  self.last = request.head;
  Response response;
  response.head.status = 201;
  response.head.headers.add("x-answer", "yes");
  response.head.headers.add("connection", "keep-alive");
  response.body = std::move(self.answer);
  co_return response;
}

struct Heard final : EarlyHeads {
  std::vector<ResponseHead> heads;
  void on_early_head(ResponseHead head) override { heads.push_back(std::move(head)); }
};

Task<Result<Response>> hint_and_answer(ScriptedService& self, Request request) {
  for (std::size_t i = 0; i < EarlyHeads::kMax; ++i) {
    ResponseHead head;
    head.status = 103;
    head.headers.add("link", "</" + std::to_string(i) + ">");
    request.early->on_early_head(std::move(head));
    if (i == 0) co_await runtime::sleep_for(self.loop, std::chrono::seconds(1));
  }
  request.early->on_early_head(ResponseHead{102, Version::kHttp2, {}});
  co_return Response{};
}

TEST(Http2, informational_heads_come_before_the_answer) {
  Http2Pair pair;
  pair.service.handler = hint_and_answer;
  Heard heard;
  Request request = Http2Pair::request("GET", "/");
  request.early = &heard;
  Http2Pair::Call call(pair, std::move(request));
  pair.t.settle();
  ASSERT_EQ(heard.heads.size(), 1U) << "at once";
  EXPECT_EQ(heard.heads[0].status, 103);
  EXPECT_EQ(heard.heads[0].headers.get("link"), "</0>");
  EXPECT_FALSE(call.result.has_value());
  pair.t.advance(std::chrono::seconds(1));
  ASSERT_TRUE(call.result.has_value());
  ASSERT_TRUE(*call.result) << call.result->error().to_string();
  EXPECT_EQ((*call.result)->head.status, 200);
  EXPECT_EQ(heard.heads.size(), EarlyHeads::kMax) << "the others are dropped";
}

TEST(Http2, informational_heads_may_be_unwanted) {
  Http2Pair pair;
  pair.service.handler = hint_and_answer;
  Http2Pair::Call call(pair, Http2Pair::request("GET", "/"));
  pair.t.advance(std::chrono::seconds(1));
  ASSERT_TRUE(call.result.has_value());
  ASSERT_TRUE(*call.result) << call.result->error().to_string();
  EXPECT_EQ((*call.result)->head.status, 200);
}

TEST(Http2, carries_a_request_without_content_and_its_answer) {
  Http2Pair pair;
  pair.service.handler = note_and_answer;
  Request request = Http2Pair::request("GET", "/a?b=c");
  request.head.headers.add("host", "other");
  request.head.headers.add("te", "trailers");
  request.head.headers.add("transfer-encoding", "chunked");
  request.head.headers.add("cookie", "a=1");
  request.head.headers.add("cookie", "b=2");
  const Result<Response> response = pair.send(std::move(request));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->head.status, 201);
  EXPECT_EQ(response->head.version, Version::kHttp2);
  EXPECT_EQ(response->head.headers.get("x-answer"), "yes");
  EXPECT_FALSE(response->head.headers.contains("connection"));
  EXPECT_EQ(response->body, nullptr);
  const RequestHead& seen = pair.service.last;
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.scheme, "http");
  EXPECT_EQ(seen.authority, "test:80");
  EXPECT_EQ(seen.path, "/a?b=c");
  EXPECT_EQ(seen.version, Version::kHttp2);
  EXPECT_EQ(seen.headers.get("te"), "trailers");
  EXPECT_EQ(seen.headers.get("cookie"), "a=1; b=2");
  EXPECT_FALSE(seen.headers.contains("host"));
  EXPECT_FALSE(seen.headers.contains("transfer-encoding"));
  EXPECT_EQ(pair.client->active_streams(), 0U);
}

TEST(Http2, carries_bodies_and_trailers_both_ways) {
  Http2Pair pair;
  Headers trailers;
  trailers.add("x-sum", "5");
  Result<Response> response =
      pair.send(Http2Pair::request("POST", "/", make_body("hello", trailers)));
  ASSERT_TRUE(response);
  const Result<Collected> body = pair.read(std::move(response->body));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "hello");
  EXPECT_EQ(body->trailers.get("x-sum"), "5");
  EXPECT_EQ(pair.client->active_streams(), 0U);
}

TEST(Http2, trailers_that_would_frame_or_route_are_left_out) {
  Http2Pair pair;
  Headers trailers;
  trailers.add("content-length", "5");
  trailers.add("x-sum", "5");
  trailers.add("host", "other");
  Result<Response> response =
      pair.send(Http2Pair::request("POST", "/", make_body("hello", trailers)));
  ASSERT_TRUE(response);
  const Result<Collected> body = pair.read(std::move(response->body));
  ASSERT_TRUE(body);
  ASSERT_EQ(body->trailers.size(), 1U);
  EXPECT_EQ(body->trailers.get("x-sum"), "5");
}

TEST(Http2, a_small_answer_takes_one_write) {
  Http2Pair pair;
  pair.service.handler = note_and_answer;
  pair.t.settle();
  pair.service.answer = make_body(std::string(1000, 'x'));
  const std::size_t before = pair.server_end->writes;
  Result<Response> response = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_TRUE(response);
  EXPECT_EQ(pair.read(std::move(response->body))->bytes.size(), 1000U);
  EXPECT_EQ(pair.server_end->writes, before + 1);
}

TEST(Http2, carries_ten_megabytes_each_way) {
  Http2Pair pair;
  std::string big;
  for (int i = 0; big.size() < 10'000'000; ++i) big += std::to_string(i) + ",";
  Result<Response> response = pair.send(Http2Pair::request("POST", "/", make_body(big)));
  ASSERT_TRUE(response);
  const Result<Collected> body = pair.read(std::move(response->body));
  ASSERT_TRUE(body);
  EXPECT_TRUE(body->bytes == big);
  EXPECT_EQ(pair.t.loop.pool().in_use(), 0U);
}

TEST(Http2, streams_both_ways_at_the_pace_of_either_side) {
  Http2Pair pair;
  BodyFeed up;
  Result<Response> response =
      pair.send(Http2Pair::request("POST", "/", std::make_unique<FedBody>(up)));
  ASSERT_TRUE(response) << "the head must not wait for the request's end";
  runtime::Waker waker(pair.t.loop);
  runtime::Bytes data;
  EXPECT_EQ(response->body->poll(waker, data), BodyPoll::kPending);
  for (const std::string_view part : {"one", "two", "three"}) {
    up.push(part);
    pair.t.settle();
    ASSERT_EQ(response->body->poll(waker, data), BodyPoll::kData);
    EXPECT_EQ(data.view(), part);
    ASSERT_EQ(response->body->poll(waker, data), BodyPoll::kPending);
  }
  pair.t.advance(std::chrono::hours(48), std::chrono::hours(1));
  up.push("two days later");
  up.end();
  pair.t.settle();
  ASSERT_EQ(response->body->poll(waker, data), BodyPoll::kData);
  EXPECT_EQ(response->body->poll(waker, data), BodyPoll::kEnd);
  EXPECT_EQ(response->body->trailers(), nullptr);
}

TEST(Http2, many_streams_share_a_connection_within_the_servers_limit) {
  Http2Options server;
  server.max_concurrent_streams = 10;
  Http2Pair pair(server);
  pair.t.settle();  // the limit is known once SETTINGS have come
  std::vector<std::unique_ptr<Http2Pair::Call>> calls;
  calls.reserve(200);
  for (int i = 0; i < 200; ++i) {
    calls.push_back(std::make_unique<Http2Pair::Call>(
        pair, Http2Pair::request("POST", "/" + std::to_string(i), make_body("x"))));
  }
  pair.t.settle();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(calls[i]->result.has_value()) << i;
    ASSERT_TRUE(*calls[i]->result);
    EXPECT_EQ((**calls[i]->result).head.headers.get("x-path"), "/" + std::to_string(i));
  }
  EXPECT_EQ(pair.client->active_streams(), 0U);
}

TEST(Http2, requests_beyond_the_queue_fail_and_may_be_retried) {
  Http2Options server;
  server.max_concurrent_streams = 1;
  Http2Options options;
  options.max_queued_requests = 1;
  Http2Pair pair(server, options);
  pair.service.handler = ScriptedService::hang;
  pair.t.settle();
  Http2Pair::Call first(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  Http2Pair::Call second(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  EXPECT_EQ(pair.client->active_streams(), 2U);
  const Result<Response> third = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kLoadShed);
  EXPECT_TRUE(third.error().retryable);
}

TEST(Http2, requests_that_wait_for_a_stream_in_vain_fail_and_are_not_given_back) {
  Http2Options server;
  server.max_concurrent_streams = 1;
  Http2Options options;
  options.queue_timeout = std::chrono::seconds(1);
  Http2Pair pair(server, options);
  pair.service.handler = ScriptedService::hang;
  pair.t.settle();
  Http2Pair::Call first(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  Http2Pair::Call second(pair, Http2Pair::request("GET", "/"));
  pair.t.advance(std::chrono::milliseconds(600));
  Http2Pair::Call third(pair, Http2Pair::request("GET", "/"));
  pair.t.advance(std::chrono::milliseconds(390));
  EXPECT_FALSE(second.result);
  pair.t.advance(std::chrono::milliseconds(20));
  ASSERT_TRUE(second.result && !second.result->has_value());
  EXPECT_EQ(second.result->error().code, ErrorCode::kFailfast);
  EXPECT_EQ(second.result->error().message, "no stream of this connection has become free for 1s");
  EXPECT_FALSE(second.attempt.unprocessed);
  EXPECT_FALSE(first.result || third.result);
  EXPECT_EQ(pair.client->active_streams(), 2U);
  pair.t.advance(std::chrono::milliseconds(610));
  EXPECT_TRUE(third.result && !third.result->has_value());
  EXPECT_FALSE(first.result);
}

TEST(Http2, a_request_that_waits_when_the_server_drains_is_given_back) {
  Http2Options server;
  server.max_concurrent_streams = 1;
  Http2Pair pair(server);
  pair.service.handler = ScriptedService::hang;
  pair.t.settle();
  Http2Pair::Call sent(pair, Http2Pair::request("GET", "/sent"));
  pair.t.settle();
  Http2Pair::Call waiting(pair, Http2Pair::request("POST", "/waiting", make_body("whole")));
  pair.t.settle();
  EXPECT_TRUE(sent.attempt.sent);
  pair.drain.fire();
  pair.t.settle();
  ASSERT_TRUE(waiting.result.has_value());
  EXPECT_TRUE(waiting.result->error().retryable);
  EXPECT_FALSE(waiting.attempt.sent);
  ASSERT_TRUE(waiting.attempt.unprocessed);
  EXPECT_EQ(waiting.attempt.unprocessed->head.path, "/waiting");
  const Result<Collected> body = pair.read(std::move(waiting.attempt.unprocessed->body));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "whole");
  pair.server_end->abort();
  pair.t.settle();
  ASSERT_TRUE(sent.result.has_value());
  EXPECT_FALSE(*sent.result);
  EXPECT_FALSE(sent.attempt.unprocessed) << "what the server may have seen must not be repeated";
}

TEST(Http2, an_early_answer_comes_before_the_request_has_ended) {
  Http2Pair pair;
  pair.service.handler = note_and_answer;  // drops the request's body
  BodyFeed up;
  Result<Response> response =
      pair.send(Http2Pair::request("POST", "/", std::make_unique<FedBody>(up)));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 201);
  pair.t.settle();
  EXPECT_TRUE(up.dropped) << "the rest of the body is refused";
  EXPECT_EQ(pair.client->active_streams(), 0U);
  EXPECT_TRUE(pair.client->usable());
}

TEST(Http2, an_answer_to_head_has_no_content_but_its_length) {
  Http2Pair pair;
  pair.service.handler = [](ScriptedService&, Request) -> Task<Result<Response>> {
    Response response;
    response.head.headers.add("content-length", "5");
    response.body = make_body("hello");
    co_return response;
  };
  const Result<Response> response = pair.send(Http2Pair::request("HEAD", "/"));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->head.headers.get("content-length"), "5");
  EXPECT_EQ(response->body, nullptr);
}

// The way to the server is filled by a PING it does not look at until its timer wakes it.
struct BlockedPair : Http2Pair {
  static Http2Options patient() {
    Http2Options server;
    server.initial_stream_window = 16 * 1024 * 1024;
    server.initial_connection_window = 16 * 1024 * 1024;
    server.keepalive_interval = std::chrono::seconds(10);
    return server;
  }
  BlockedPair() : Http2Pair(patient()) {
    service.handler = ScriptedService::hang;
    t.settle();
    const std::string ping("\0\0\x08\x06\0\0\0\0\0pingping", 17);
    client_end->capacity = ping.size();
    server_end->unread() += ping;
  }
  static Request upload() {
    return request("POST", "/upload", make_body(std::string(8 * 1024 * 1024, 'x')));
  }
  void unblock() {
    t.settle();
    client_end->capacity = 0;
    t.advance(std::chrono::seconds(11));
  }
};

TEST(Http2, a_call_dropped_while_its_data_waits_for_room_leaves_the_connection_whole) {
  BlockedPair pair;
  {
    const Http2Pair::Call upload(pair, BlockedPair::upload());
    pair.t.settle();
  }
  pair.unblock();
  EXPECT_TRUE(pair.server_end->unread().empty());
  EXPECT_TRUE(pair.client->usable());
  EXPECT_FALSE(pair.served.has_value()) << "the server ended the connection";
}

TEST(Http2, a_call_dropped_before_its_head_was_sent_leaves_the_connection_whole) {
  BlockedPair pair;
  const Http2Pair::Call upload(pair, BlockedPair::upload());
  pair.t.settle();
  {
    const Http2Pair::Call dropped(pair, Http2Pair::request("GET", "/dropped"));
    pair.t.settle();
  }
  pair.unblock();
  EXPECT_TRUE(pair.client->usable());
  EXPECT_FALSE(upload.result.has_value());
  EXPECT_FALSE(pair.served.has_value()) << "the server ended the connection";
}

TEST(Http2, a_request_that_waits_for_room_when_the_server_drains_is_given_back) {
  BlockedPair pair;
  const Http2Pair::Call upload(pair, BlockedPair::upload());
  pair.t.settle();
  Http2Pair::Call waiting(pair, Http2Pair::request("POST", "/waiting", make_body("whole")));
  pair.t.settle();
  pair.drain.fire();
  // Enough for the GOAWAY to come, far fewer than the upload takes to leave room for a head.
  for (int i = 0; i < 100; ++i) pair.t.loop.run_turn(/*may_block=*/false);
  EXPECT_FALSE(pair.client->usable());
  EXPECT_EQ(pair.service.calls, 1);
  pair.client_end->capacity = 0;
  pair.t.settle();
  ASSERT_TRUE(waiting.result.has_value());
  EXPECT_TRUE(waiting.result->error().retryable);
  EXPECT_FALSE(waiting.attempt.sent);
  ASSERT_TRUE(waiting.attempt.unprocessed);
  EXPECT_EQ(waiting.attempt.unprocessed->head.path, "/waiting");
  const Result<Collected> body = pair.read(std::move(waiting.attempt.unprocessed->body));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "whole");
}

TEST(Http2, a_body_that_belies_its_content_length_is_reset) {
  for (const char* length : {"3", "9"}) {
    Http2Pair pair;
    Request request = Http2Pair::request("POST", "/", make_body("hello"));
    request.head.headers.add("content-length", length);
    Result<Response> response = pair.send(std::move(request));
    if (response) {
      const Result<Collected> body = pair.read(std::move(response->body));
      ASSERT_FALSE(body) << length;
    }
    EXPECT_EQ(pair.client->active_streams(), 0U);
    EXPECT_TRUE(pair.client->usable());
  }
}

TEST(Http2, options_out_of_range_are_brought_into_it) {
  for (const std::uint32_t value : {0U, 0xffffffffU}) {
    Http2Options options;
    options.initial_connection_window = value;
    options.initial_stream_window = value == 0 ? 65'535 : value;
    options.max_frame_size = value;
    Http2Pair pair(options, options);
    Result<Response> response =
        pair.send(Http2Pair::request("POST", "/", make_body(std::string(100'000, 'x'))));
    ASSERT_TRUE(response) << response.error().to_string();
    EXPECT_EQ(pair.read(std::move(response->body))->bytes.size(), 100'000U);
  }
}

TEST(Http2, an_unanswered_keepalive_ping_ends_the_connection) {
  Http2Options options;
  options.keepalive_interval = std::chrono::seconds(10);
  options.keepalive_timeout = std::chrono::seconds(3);
  Http2CloseCounts counts;
  options.close_counts = &counts;
  Http2Pair pair({}, options);
  pair.service.handler = ScriptedService::hang;
  Http2Pair::Call call(pair, Http2Pair::request("GET", "/"));
  pair.t.advance(std::chrono::hours(1), std::chrono::seconds(1));
  EXPECT_FALSE(call.result.has_value()) << "a quiet stream of a live peer stays";
  pair.scope.cancel();  // the server falls silent, its end of the pipe stays
  pair.t.advance(std::chrono::seconds(12), std::chrono::seconds(1));
  EXPECT_FALSE(call.result.has_value());
  pair.t.advance(std::chrono::seconds(3), std::chrono::seconds(1));
  ASSERT_TRUE(call.result.has_value());
  EXPECT_EQ(call.result->error().code, ErrorCode::kTimeout);
  EXPECT_EQ(counts.of(Http2Close::kKeepalive), 1U);
  EXPECT_TRUE(pair.client->closed().fired());
}

}  // namespace
}  // namespace seine::http
