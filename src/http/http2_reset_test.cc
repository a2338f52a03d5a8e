// SPDX-License-Identifier: Apache-2.0
// Ways in which streams and connections end before their messages do.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "http/testing/fed_body.h"
#include "http/testing/http2_pair.h"

namespace seine::http {
namespace {

using runtime::Task;
using testing::BodyFeed;
using testing::FedBody;
using testing::Http2Pair;
using testing::ScriptedService;

Task<Result<Response>> give_answer(ScriptedService& self, Request) {
  Response response;
  response.body = std::move(self.answer);
  co_return response;
}
Task<Result<Response>> keep_and_answer(ScriptedService& self, Request request) {
  self.kept = std::move(request.body);
  Response response;
  response.body = std::move(self.answer);
  co_return response;
}
Task<Result<Response>> fail_with(ScriptedService& self, Request) {
  co_return fail(*self.error);
}

void expect_h2(const Error& error, Http2Code code) {
  EXPECT_EQ(error.cause, Error::Cause::kH2) << error.to_string();
  EXPECT_EQ(error.cause_code, static_cast<std::int32_t>(code)) << error.to_string();
}

TEST(Http2Reset, dropping_a_call_destroys_its_handler) {
  Http2Pair pair;
  pair.service.handler = ScriptedService::hang;
  {
    BodyFeed up;
    Http2Pair::Call call(pair, Http2Pair::request("POST", "/", std::make_unique<FedBody>(up)));
    pair.t.settle();
    EXPECT_EQ(pair.service.running, 1);
    call.scope.cancel();
    pair.t.settle();
    EXPECT_TRUE(up.dropped);
  }
  EXPECT_EQ(pair.service.running, 0);
  EXPECT_EQ(pair.client->active_streams(), 0U);
  pair.service.handler = ScriptedService::echo;
  EXPECT_TRUE(pair.send(Http2Pair::request("GET", "/")));
}

TEST(Http2Reset, a_call_dropped_before_it_was_sent_leaves_no_trace) {
  Http2Pair pair;
  {
    Http2Pair::Call call(pair, Http2Pair::request("GET", "/"));
    pair.t.loop.run_turn(false);
  }
  {
    Request request = Http2Pair::request("GET", "/");
    auto task = pair.client->send(std::move(request));
  }
  pair.t.settle();
  EXPECT_EQ(pair.client->active_streams(), 0U);
  EXPECT_EQ(pair.service.running, 0);
}

TEST(Http2Reset, dropping_a_responses_body_cancels_the_stream) {
  Http2Pair pair;
  pair.service.handler = give_answer;
  BodyFeed down;
  down.push("some");
  pair.service.answer = std::make_unique<FedBody>(down);
  Result<Response> response = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_TRUE(response);
  EXPECT_FALSE(down.dropped);
  response->body.reset();
  pair.t.settle();
  EXPECT_TRUE(down.dropped);
  EXPECT_EQ(pair.client->active_streams(), 0U);
}

TEST(Http2Reset, a_services_error_is_told_by_its_code) {
  struct Case {
    Error error;
    Http2Code code;
    bool retryable;
  };
  const Case cases[] = {
      {http2_error(ErrorCode::kReset, Http2Code::kConnectError, ""), Http2Code::kConnectError,
       false},
      // A reset that names no error is one nevertheless: the answer is not whole.
      {http2_error(ErrorCode::kReset, Http2Code::kNoError, ""), Http2Code::kInternalError, false},
      {make_error(ErrorCode::kInternal, ""), Http2Code::kInternalError, false},
      {make_error(ErrorCode::kLoadShed, ""), Http2Code::kRefusedStream, true},
      // A part of the answer may have left.
      {make_error(ErrorCode::kMemory, ""), Http2Code::kInternalError, false},
      {make_error(ErrorCode::kCancelled, ""), Http2Code::kCancel, false},
  };
  for (const Case& c : cases) {
    Http2Pair pair;
    pair.service.handler = fail_with;
    pair.service.error = c.error;
    const Result<Response> response = pair.send(Http2Pair::request("GET", "/"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kReset);
    EXPECT_EQ(response.error().origin, ErrorOrigin::kUpstream);
    EXPECT_EQ(response.error().retryable, c.retryable);
    expect_h2(response.error(), c.code);
    EXPECT_TRUE(pair.client->usable());
  }
}

TEST(Http2Reset, a_failing_responses_body_carries_its_code_after_its_data) {
  Http2Pair pair;
  pair.service.handler = give_answer;
  BodyFeed down;
  down.push("some");
  pair.service.answer = std::make_unique<FedBody>(down);
  Result<Response> response = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_TRUE(response);
  down.fail(http2_error(ErrorCode::kReset, Http2Code::kEnhanceYourCalm, "upstream"));
  pair.t.settle();
  runtime::Waker waker(pair.t.loop);
  runtime::Bytes data;
  ASSERT_EQ(response->body->poll(waker, data), BodyPoll::kData);
  EXPECT_EQ(data.view(), "some");
  ASSERT_EQ(response->body->poll(waker, data), BodyPoll::kError);
  EXPECT_EQ(response->body->error().code, ErrorCode::kReset);
  expect_h2(response->body->error(), Http2Code::kEnhanceYourCalm);
  EXPECT_EQ(response->body->poll(waker, data), BodyPoll::kError);
}

TEST(Http2Reset, a_failing_requests_body_carries_its_code) {
  Http2Pair pair;
  pair.service.handler = keep_and_answer;
  BodyFeed down;
  pair.service.answer = std::make_unique<FedBody>(down);
  BodyFeed up;
  Result<Response> response =
      pair.send(Http2Pair::request("POST", "/", std::make_unique<FedBody>(up)));
  ASSERT_TRUE(response);
  up.fail(http2_error(ErrorCode::kReset, Http2Code::kInternalError, "downstream"));
  pair.t.settle();
  runtime::Waker waker(pair.t.loop);
  runtime::Bytes data;
  ASSERT_EQ(pair.service.kept->poll(waker, data), BodyPoll::kError);
  expect_h2(pair.service.kept->error(), Http2Code::kInternalError);
  EXPECT_EQ(pair.service.kept->error().origin, ErrorOrigin::kDownstream);
  EXPECT_TRUE(down.dropped) << "the answer has nobody left";
}

TEST(Http2Reset, bodies_outlive_the_connection_of_either_side) {
  BodyPtr response_body;
  BodyPtr request_body;
  BodyFeed down;
  BodyFeed up;
  runtime::testing::TestLoop other;
  {
    Http2Pair pair;
    pair.service.handler = keep_and_answer;
    pair.service.answer = std::make_unique<FedBody>(down);
    Result<Response> response =
        pair.send(Http2Pair::request("POST", "/", std::make_unique<FedBody>(up)));
    ASSERT_TRUE(response);
    down.push("left");
    up.push("right");
    pair.t.settle();
    response_body = std::move(response->body);
    request_body = std::move(pair.service.kept);
    pair.client.reset();
    pair.t.settle();
    ASSERT_TRUE(pair.served.has_value()) << "the server saw the client go";
    EXPECT_TRUE(up.dropped);
    EXPECT_TRUE(down.dropped);
  }
  runtime::Waker waker(other.loop);
  runtime::Bytes data;
  ASSERT_EQ(response_body->poll(waker, data), BodyPoll::kData);
  EXPECT_EQ(data.view(), "left");
  EXPECT_EQ(response_body->poll(waker, data), BodyPoll::kError);
  ASSERT_EQ(request_body->poll(waker, data), BodyPoll::kData);
  EXPECT_EQ(data.view(), "right");
  EXPECT_EQ(request_body->poll(waker, data), BodyPoll::kError);
}

TEST(Http2Reset, a_lost_connection_fails_what_was_under_way) {
  Http2Pair pair;
  pair.service.handler = ScriptedService::hang;
  Http2Pair::Call call(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  EXPECT_EQ(pair.service.running, 1);
  pair.client_end->abort();
  pair.t.settle();
  EXPECT_EQ(pair.service.running, 0);
  ASSERT_TRUE(call.result.has_value());
  ASSERT_FALSE(*call.result);
  EXPECT_FALSE(call.result->error().retryable);
  EXPECT_TRUE(pair.client->closed().fired());
  EXPECT_FALSE(pair.client->usable());
  const Result<Response> late = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().retryable);
}

TEST(Http2Reset, requests_that_wait_for_a_stream_may_be_retried_when_the_connection_goes) {
  Http2Options server;
  server.max_concurrent_streams = 1;
  Http2Pair pair(server);
  pair.service.handler = ScriptedService::hang;
  pair.t.settle();
  Http2Pair::Call sent(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  Http2Pair::Call waiting(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  pair.client_end->abort();
  pair.t.settle();
  EXPECT_FALSE(sent.result->error().retryable);
  EXPECT_TRUE(waiting.result->error().retryable);
}

TEST(Http2Reset, destroying_the_client_fails_its_calls) {
  Http2Pair pair;
  pair.service.handler = ScriptedService::hang;
  Http2Pair::Call call(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  pair.client.reset();
  pair.t.settle();
  ASSERT_TRUE(call.result.has_value());
  EXPECT_FALSE(*call.result);
  EXPECT_EQ(pair.service.running, 0);
  ASSERT_TRUE(pair.served.has_value());
  EXPECT_TRUE(*pair.served);
}

TEST(Http2Drain, an_idle_connection_closes_at_once) {
  Http2CloseCounts counts;
  Http2Options options;
  options.close_counts = &counts;
  Http2Pair pair(options);
  pair.t.settle();
  pair.drain.fire();
  pair.t.settle();
  ASSERT_TRUE(pair.served.has_value());
  EXPECT_TRUE(*pair.served);
  EXPECT_EQ(counts.of(Http2Close::kDrained), 1U);
  EXPECT_TRUE(pair.client->retired().fired());
  EXPECT_TRUE(pair.client->closed().fired());
}

TEST(Http2Drain, a_busy_connection_finishes_its_streams_and_takes_no_more) {
  Http2Pair pair;
  pair.service.handler = give_answer;
  BodyFeed down;
  pair.service.answer = std::make_unique<FedBody>(down);
  Result<Response> response = pair.send(Http2Pair::request("GET", "/"));
  ASSERT_TRUE(response);
  pair.drain.fire();
  pair.t.settle();
  EXPECT_FALSE(pair.client->usable());
  EXPECT_FALSE(pair.client->closed().fired());
  EXPECT_FALSE(pair.served.has_value());
  EXPECT_TRUE(pair.send(Http2Pair::request("GET", "/")).error().retryable);
  down.push("last words");
  down.end();
  const Result<Collected> body = pair.read(std::move(response->body));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "last words");
  pair.t.settle();
  ASSERT_TRUE(pair.served.has_value());
  EXPECT_TRUE(*pair.served);
  EXPECT_TRUE(pair.client->closed().fired());
}

TEST(Http2Drain, the_task_may_be_dropped_with_calls_under_way) {
  Http2Pair pair;
  pair.service.handler = ScriptedService::hang;
  Http2Pair::Call call(pair, Http2Pair::request("GET", "/"));
  pair.t.settle();
  pair.scope.cancel();
  EXPECT_EQ(pair.service.running, 0);
}

}  // namespace
}  // namespace seine::http
