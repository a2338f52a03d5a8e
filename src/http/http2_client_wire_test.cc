// SPDX-License-Identifier: Apache-2.0
// A client against a server that sends frames by hand.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "http/http2_client.h"
#include "http/http2_error.h"
#include "http/testing/fed_body.h"
#include "http/testing/http2_frames.h"
#include "http/testing/http2_pair.h"

namespace seine::http {
namespace {

using namespace testing;  // NOLINT: frame names
using runtime::Task;

class Http2ClientWire : public ::testing::Test {
 protected:
  // A call under way.
  struct Call {
    Call(Http2ClientWire& test, Request request) : scope(test.t.loop, [](Error) {}) {
      scope.spawn(run(*this, *test.client, std::move(request)));
      test.t.settle();
    }
    static Task<void> run(Call& self, Http2Client& client, Request request) {
      self.result = co_await client.send(std::move(request), &self.attempt);
    }
    const Error& error() const { return result->error(); }
    Http2Attempt attempt;
    std::optional<Result<Response>> result;
    runtime::TaskScope scope;
  };

  Http2ClientWire() {
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    server = std::move(far);
    client = std::make_unique<Http2Client>(t.loop, std::move(near), Http2Options());
    send(frame(kSettings, 0, 0));
  }
  static Request get() { return Http2Pair::request("GET", "/"); }
  void send(const std::string& bytes) {
    write_all(*server, bytes);
    t.settle();
  }

  runtime::testing::TestLoop t;
  std::unique_ptr<runtime::testing::MemoryStream> server;
  std::unique_ptr<Http2Client> client;
};

TEST_F(Http2ClientWire, speaks_first_and_without_negotiation) {
  std::string& bytes = server->unread();
  ASSERT_TRUE(bytes.starts_with(kPreface));
  bytes.erase(0, kPreface.size());
  const auto frames = take_frames(bytes);
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames[0].type, kSettings);
  const auto widens = [](const RawFrame& one) {
    return one.type == kWindowUpdate && one.payload == number(1'048'576 - 65'535, 4);
  };
  EXPECT_EQ(std::count_if(frames.begin(), frames.end(), widens), 1);
}

TEST_F(Http2ClientWire, informational_heads_are_passed_over) {
  Call call(*this, get());
  send(headers(1, {{":status", "100"}}, false) + headers(1, {{":status", "103"}}, false));
  EXPECT_FALSE(call.result.has_value());
  send(headers(1, {{":status", "204"}}));
  ASSERT_TRUE(call.result.has_value());
  ASSERT_TRUE(*call.result) << call.error().to_string();
  EXPECT_EQ((*call.result)->head.status, 204);
}

TEST_F(Http2ClientWire, a_malformed_response_is_a_protocol_error) {
  const FieldList malformed[] = {
      {{":status", "101"}},
      {{":status", "99"}},
      {{":status", "abc"}},
      {{"x", "y"}},
      {{":status", "200"}, {":path", "/"}},
      {{":status", "200"}, {"Upper", "1"}},
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"x", "a\r\nb"}},
      {{":status", "200"}, {"content-length", "5"}},
  };
  std::uint32_t stream = 1;
  for (const FieldList& fields : malformed) {
    Call call(*this, get());
    send(headers(stream, fields, fields[0].second != "101"));
    stream += 2;
    ASSERT_TRUE(call.result.has_value()) << fields.back().first << fields.back().second;
    if (*call.result) {
      EXPECT_EQ(fields.back().first, "content-length");
      continue;
    }
    EXPECT_EQ(call.error().code, ErrorCode::kProtocol) << call.error().to_string();
    EXPECT_EQ(call.error().origin, ErrorOrigin::kUpstream);
    EXPECT_FALSE(call.error().retryable);
  }
  EXPECT_TRUE(client->usable());
}

TEST_F(Http2ClientWire, content_that_belies_its_length_is_a_body_error) {
  Call call(*this, get());
  send(headers(1, {{":status", "200"}, {"content-length", "5"}}, false));
  ASSERT_TRUE(call.result.has_value() && *call.result);
  EXPECT_EQ((*call.result)->body->length(), 5U);
  send(frame(kData, kEndStream, 1, "four"));
  const auto body = t.run(collect(t.loop, std::move((*call.result)->body), 100));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, ErrorCode::kProtocol);
}

TEST_F(Http2ClientWire, a_refused_stream_may_be_retried) {
  Call call(*this, get());
  send(frame(kRstStream, 0, 1, number(7, 4)));
  ASSERT_TRUE(call.result.has_value());
  EXPECT_EQ(call.error().code, ErrorCode::kReset);
  EXPECT_TRUE(call.error().retryable);
  EXPECT_TRUE(client->usable());
}

TEST_F(Http2ClientWire, a_refused_request_is_given_back_whole) {
  Request request = get();
  request.head.headers.add("x", "y");
  Call call(*this, std::move(request));
  EXPECT_TRUE(call.attempt.sent);
  send(frame(kRstStream, 0, 1, number(7, 4)));
  ASSERT_TRUE(call.attempt.unprocessed);
  EXPECT_EQ(call.attempt.unprocessed->head.path, "/");
  EXPECT_EQ(call.attempt.unprocessed->head.headers.get("x"), "y");
  EXPECT_EQ(call.attempt.unprocessed->body, nullptr);
}

TEST_F(Http2ClientWire, a_refused_request_is_given_back_with_a_body_that_has_not_begun) {
  BodyFeed feed;
  Call call(*this, Http2Pair::request("POST", "/", std::make_unique<FedBody>(feed)));
  send(frame(kRstStream, 0, 1, number(7, 4)));
  ASSERT_TRUE(call.attempt.unprocessed);
  feed.push("whole");
  feed.end();
  const auto body = t.run(collect(t.loop, std::move(call.attempt.unprocessed->body), 100));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->bytes, "whole");
}

TEST_F(Http2ClientWire, a_refused_request_is_not_given_back_once_its_body_has_begun) {
  BodyFeed feed;
  feed.push("begun");
  Call call(*this, Http2Pair::request("POST", "/", std::make_unique<FedBody>(feed)));
  send(frame(kRstStream, 0, 1, number(7, 4)));
  ASSERT_TRUE(call.result.has_value());
  EXPECT_FALSE(call.attempt.unprocessed);
  EXPECT_TRUE(feed.dropped);
}

TEST_F(Http2ClientWire, a_request_that_any_answer_was_begun_for_is_not_given_back) {
  Call call(*this, get());
  send(headers(1, {{":status", "103"}}, false) + frame(kRstStream, 0, 1, number(7, 4)));
  ASSERT_TRUE(call.result.has_value());
  EXPECT_FALSE(call.attempt.unprocessed);
}

TEST_F(Http2ClientWire, a_reset_carries_its_code_and_is_not_retried) {
  Call call(*this, get());
  send(frame(kRstStream, 0, 1, number(0xb, 4)));
  ASSERT_TRUE(call.result.has_value());
  EXPECT_EQ(call.error().code, ErrorCode::kReset);
  EXPECT_EQ(call.error().cause_code, 0xb);
  EXPECT_FALSE(call.error().retryable);
  EXPECT_FALSE(call.attempt.unprocessed);
}

TEST_F(Http2ClientWire, goaway_lets_the_accepted_streams_finish_and_the_others_be_retried) {
  Call first(*this, get());
  Call second(*this, get());
  send(frame(kGoaway, 0, 0, number(1, 4) + number(0, 4)));
  EXPECT_FALSE(client->usable());
  EXPECT_TRUE(client->retired().fired());
  EXPECT_FALSE(client->closed().fired());
  ASSERT_TRUE(second.result.has_value());
  EXPECT_TRUE(second.error().retryable);
  EXPECT_TRUE(second.attempt.unprocessed);
  EXPECT_FALSE(first.result.has_value());
  send(headers(1, {{":status", "200"}}));
  ASSERT_TRUE(first.result.has_value());
  EXPECT_TRUE(*first.result);
  EXPECT_TRUE(client->closed().fired());
}

TEST_F(Http2ClientWire, an_answer_that_is_reset_with_no_error_stays_an_answer) {
  Call call(*this, Http2Pair::request("POST", "/", make_body(std::string(100'000, 'x'))));
  send(headers(1, {{":status", "413"}}) + frame(kRstStream, 0, 1, number(0, 4)));
  ASSERT_TRUE(call.result.has_value());
  ASSERT_TRUE(*call.result);
  EXPECT_EQ((*call.result)->head.status, 413);
  EXPECT_EQ(client->active_streams(), 0U);
}

TEST_F(Http2ClientWire, a_push_is_refused_and_ends_the_connection_once_it_is_forbidden) {
  Call call(*this, get());
  const std::string early = frame(kPushPromise, kEndHeaders, 1, number(2, 4) + block(get_fields()));
  send(early);
  EXPECT_FALSE(client->closed().fired());
  std::string& bytes = server->unread();
  bytes.erase(0, kPreface.size());
  const auto frames = take_frames(bytes);
  const auto refused = [](const RawFrame& one) {
    return one.type == kRstStream && one.stream == 2;
  };
  EXPECT_EQ(std::count_if(frames.begin(), frames.end(), refused), 1);
  send(frame(kSettings, kAck, 0) +
       frame(kPushPromise, kEndHeaders, 1, number(4, 4) + block(get_fields())));
  ASSERT_TRUE(call.result.has_value());
  EXPECT_FALSE(*call.result);
  EXPECT_TRUE(client->closed().fired());
}

TEST_F(Http2ClientWire, a_server_that_floods_is_left) {
  Call call(*this, get());
  std::string pings;
  for (int i = 0; i < 3000; ++i) pings += frame(kPing, 0, 0, "12345678");
  send(pings);
  EXPECT_TRUE(client->closed().fired());
  ASSERT_TRUE(call.result.has_value());
  EXPECT_EQ(call.error().code, ErrorCode::kLimit);
}

TEST_F(Http2ClientWire, what_is_no_http2_is_a_protocol_error) {
  Call call(*this, get());
  send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
  ASSERT_TRUE(call.result.has_value());
  EXPECT_EQ(call.error().code, ErrorCode::kProtocol);
  EXPECT_TRUE(client->closed().fired());
}

TEST_F(Http2ClientWire, a_limit_of_no_streams_makes_requests_wait) {
  send(frame(kSettings, 0, 0, number(3, 2) + number(0, 4)));
  Call call(*this, get());
  EXPECT_EQ(client->active_streams(), 1U);
  send(frame(kSettings, 0, 0, number(3, 2) + number(1, 4)));
  send(headers(1, {{":status", "200"}}));
  ASSERT_TRUE(call.result.has_value());
  EXPECT_TRUE(*call.result);
}

}  // namespace
}  // namespace seine::http
