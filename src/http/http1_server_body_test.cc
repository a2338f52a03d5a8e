// SPDX-License-Identifier: Apache-2.0
// What an HTTP/1 server does with bodies and tunnels.
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "http/http1_linger.h"
#include "http/http1_server.h"
#include "http/testing/http1_server_fixture.h"
#include "runtime/stream_writer.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using runtime::Bytes;
using runtime::testing::MemoryStream;

class Http1ServerBodyTest : public Http1ServerFixture {};

// A body that ends at once with these trailers.
class OnlyTrailers final : public Body {
 public:
  explicit OnlyTrailers(Headers trailers) : trailers_(std::move(trailers)) {}
  BodyPoll poll(runtime::Wakeable&, Bytes&) override { return BodyPoll::kEnd; }
  const Headers* trailers() const override { return &trailers_; }
  const Error& error() const override { return error_; }

 private:
  Headers trailers_;
  Error error_;
};

TEST_F(Http1ServerBodyTest, a_body_of_unknown_length_is_chunked_or_ended_by_closing) {
  BodyFeed* feed = nullptr;
  service_.answer = [&](Request&) {
    feed = &feeds_.emplace_back();
    return with_body(std::make_unique<FedBody>(*feed));
  };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  feed->push("hello");
  EXPECT_EQ(received(), "5\r\nhello\r\n");
  feed->end();
  EXPECT_EQ(received(), "0\r\n\r\n");
  EXPECT_TRUE(feed->dropped) << "an ended body is let go";
  send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_TRUE(feed->dropped);
  send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  feed->push("bye");
  feed->end();
  EXPECT_EQ(received(), "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nbye");
  EXPECT_TRUE(done_);
}

TEST_F(Http1ServerBodyTest, trailers_follow_a_chunked_body) {
  service_.answer = [](Request&) {
    Headers trailers;
    trailers.add("grpc-status", "0");
    trailers.add("content-length", "7");
    return with_body(std::make_unique<OnlyTrailers>(std::move(trailers)));
  };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\ngrpc-status: 0\r\n\r\n");
}

TEST_F(Http1ServerBodyTest, says_continue_when_the_body_is_first_wanted) {
  start();
  send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 100 Continue\r\n\r\n");
  send("ok");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_FALSE(done_);
}

TEST_F(Http1ServerBodyTest, closes_after_an_answer_that_did_not_want_the_body) {
  service_.answer = [](Request&) { return text("no"); };
  start();
  send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
  t_.advance(2s);
  EXPECT_TRUE(done_);
}

TEST_F(Http1ServerBodyTest, a_small_unread_body_is_skipped_and_a_large_one_ends_the_connection) {
  service_.answer = [](Request&) { return text("early"); };
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
  const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly";
  EXPECT_EQ(received(), answer);
  send(std::string(60000, 'b') + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), answer);
  send("POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 600000\r\n\r\n" + std::string(200'000, 'b'));
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nearly");
  t_.advance(2s);
  EXPECT_TRUE(done_);
  EXPECT_EQ(service_.asked.size(), 3U);
}

TEST_F(Http1ServerBodyTest,
       a_body_that_goes_on_after_its_answer_is_read_for_a_moment_and_not_reset) {
  service_.answer = [](Request&) { return text("early"); };
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly");
  for (int i = 0; i < 16; ++i) {
    send(std::string(50'000, 'b'));
    ASSERT_FALSE(done_) << i;
  }
  t_.advance(kLingerTimeout);
  EXPECT_TRUE(done_);
}

TEST_F(Http1ServerBodyTest, a_body_kept_longer_than_the_connection_fails) {
  BodyPtr kept;
  service_.answer = [&](Request& request) {
    kept = std::move(request.body);
    return text("");
  };
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  t_.advance(2s);
  runtime::Waker waker(t_.loop);
  Bytes data;
  EXPECT_EQ(kept->poll(waker, data), BodyPoll::kError);
  EXPECT_EQ(kept->error().code, ErrorCode::kCancelled);
  scope_.cancel();
  EXPECT_EQ(kept->poll(waker, data), BodyPoll::kError);
}

TEST_F(Http1ServerBodyTest, a_body_that_the_client_breaks_off_fails) {
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  client_->shutdown_write();
  t_.settle();
  EXPECT_TRUE(done_);
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().code, ErrorCode::kEof);
  EXPECT_EQ(received(), "");
}

TEST_F(Http1ServerBodyTest, a_body_that_fails_or_lies_about_its_length_ends_short_of_it) {
  for (const std::string_view how : {"fails", "short", "long"}) {
    auto [near, far] = MemoryStream::make_pair();
    server_ = std::move(near);
    client_ = std::move(far);
    done_ = false;
    BodyFeed& feed = feeds_.emplace_back();
    service_.answer = [&](Request&) {
      Result<Response> response = with_body(std::make_unique<FedBody>(feed));
      response->head.headers.add("content-length", "4");
      return response;
    };
    start();
    send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    feed.push("abc");
    t_.settle();
    if (how == "fails") feed.fail(make_error(ErrorCode::kReset, "the test says so"));
    if (how == "short") feed.end();
    if (how == "long") feed.push("de");
    t_.settle();
    EXPECT_TRUE(client_->unread().ends_with("\r\n\r\nabc")) << how;
    EXPECT_TRUE(client_->peer_finished()) << how;
    EXPECT_TRUE(done_);
    EXPECT_FALSE(result_);
  }
}

TEST_F(Http1ServerBodyTest, an_answer_that_ends_with_its_connection_is_reset_when_its_body_fails) {
  BodyFeed& feed = feeds_.emplace_back();
  service_.answer = [&](Request&) { return with_body(std::make_unique<FedBody>(feed)); };
  start();
  send("GET / HTTP/1.0\r\n\r\n");
  feed.push("a part");
  feed.fail(make_error(ErrorCode::kReset, "the test says so"));
  t_.settle();
  EXPECT_TRUE(client_->unread().ends_with("a part"));
  EXPECT_TRUE(client_->hung_up());
  EXPECT_TRUE(done_);
}

TEST_F(Http1ServerBodyTest, a_slow_reader_holds_back_the_body) {
  BodyFeed& feed = feeds_.emplace_back();
  for (int i = 0; i < 100; ++i) feed.push(std::string(10'000, 'x'));
  feed.end();
  service_.answer = [&](Request&) { return with_body(std::make_unique<FedBody>(feed)); };
  server_->capacity = 1000;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_LE(feed.taken, runtime::StreamWriter::kHighWater + 10'000);
  std::size_t total = 0;
  for (std::string some = read_some(1000); !some.empty(); some = read_some(1000)) {
    total += some.size();
  }
  EXPECT_GT(total, 1'000'000U);
  EXPECT_EQ(feed.taken, 1'000'000U);
  EXPECT_FALSE(done_);
}

TEST_F(Http1ServerBodyTest, an_upgrade_becomes_a_tunnel_with_half_closes) {
  BodyFeed& feed = feeds_.emplace_back();
  BodyPtr from_client;
  service_.answer = [&](Request& request) {
    EXPECT_EQ(request.head.headers.get("upgrade"), "echo");
    from_client = std::move(request.body);
    Result<Response> response = with_body(std::make_unique<FedBody>(feed), 101);
    response->head.headers.add("upgrade", "echo");
    return response;
  };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nraw");
  EXPECT_EQ(received(),
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
  runtime::Waker waker(t_.loop);
  Bytes data;
  EXPECT_EQ(from_client->poll(waker, data), BodyPoll::kData);
  EXPECT_EQ(data.view(), "raw");
  EXPECT_EQ(from_client->poll(waker, data), BodyPoll::kPending);
  feed.push("down");
  feed.end();
  EXPECT_EQ(received(), "down");
  EXPECT_TRUE(client_->peer_finished());
  EXPECT_FALSE(done_) << "the client may still send";
  send("up");
  client_->shutdown_write();
  EXPECT_EQ(from_client->poll(waker, data), BodyPoll::kData);
  EXPECT_EQ(data.view(), "up");
  EXPECT_EQ(from_client->poll(waker, data), BodyPoll::kEnd);
  from_client.reset();
  t_.settle();
  EXPECT_TRUE(done_);
  EXPECT_TRUE(result_);
}

TEST_F(Http1ServerBodyTest, a_refused_upgrade_ends_its_body_and_the_connection) {
  BodyPtr from_client;
  service_.answer = [&](Request& request) {
    from_client = std::move(request.body);
    return text("no");
  };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
  runtime::Waker waker(t_.loop);
  Bytes data;
  EXPECT_EQ(from_client->poll(waker, data), BodyPoll::kEnd);
}

TEST_F(Http1ServerBodyTest, an_upgrade_to_tls_alone_is_passed_over_and_the_connection_goes_on) {
  service_.answer = [](Request& request) {
    EXPECT_FALSE(request.head.headers.contains("upgrade"));
    return text("ok");
  };
  start();
  const std::string request =
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n";
  for (int i = 0; i < 2; ++i) {
    send(request);
    EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  }
}

TEST_F(Http1ServerBodyTest, an_upgrade_that_is_offered_beside_tls_is_kept) {
  service_.answer = [](Request& request) {
    EXPECT_TRUE(request.head.headers.contains("upgrade"));
    return with_body(nullptr, 403);
  };
  start();
  send(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: TLS/1.2\r\n"
      "Upgrade: websocket\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

TEST_F(Http1ServerBodyTest, bytes_behind_a_refused_upgrade_are_no_request) {
  service_.answer = [](Request&) { return with_body(nullptr, 403); };
  start();
  send(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
      "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(service_.asked.size(), 1U);
}

TEST_F(Http1ServerBodyTest, connect_becomes_a_tunnel) {
  // What comes goes back.
  service_.answer = [](Request& request) { return with_body(std::move(request.body)); };
  start();
  send("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\nabc");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\n\r\nabc");
  client_->shutdown_write();
  t_.settle();
  EXPECT_TRUE(client_->peer_finished());
  EXPECT_TRUE(done_);
}

TEST_F(Http1ServerBodyTest, bytes_behind_a_refused_connect_are_no_request) {
  service_.answer = [](Request&) { return with_body(nullptr, 403); };
  start();
  send("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(service_.asked.size(), 1U);
}

}  // namespace
}  // namespace seine::http
