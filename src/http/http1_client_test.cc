// SPDX-License-Identifier: Apache-2.0
#include "http/http1_client.h"

#include <errno.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "http/testing/http1_client_fixture.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using runtime::Bytes;

class Http1ClientTest : public Http1ClientFixture {};

TEST_F(Http1ClientTest, an_exchange_is_one_write_and_leaves_the_connection_idle) {
  for (int i = 0; i < 3; ++i) {
    auto call = start(post(make_body("ab")));
    EXPECT_EQ(received(), "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nab");
    answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: X-Y\r\nX-Y: 1\r\n\r\nhello");
    ASSERT_TRUE(call->ok());
    EXPECT_EQ((**call).head.headers.size(), 1U) << "hop-by-hop fields are gone";
    EXPECT_EQ((**call).body->length(), 5U);
    EXPECT_EQ(content(*call), "hello");
    EXPECT_EQ(pool_->idle(), 1U);
    EXPECT_EQ(t_.loop.pool().in_use(), 0U);
  }
  EXPECT_EQ(connector_.servers.size(), 1U);
}

TEST_F(Http1ClientTest, answers_are_the_same_however_the_bytes_are_cut) {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: "
      "1\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    auto call = start(get());
    EXPECT_EQ(received(), kGet);
    for (std::size_t at = 0; at < bytes.size(); at += step) answer(bytes.substr(at, step));
    ASSERT_TRUE(call->ok()) << call->error().to_string();
    Result<Collected> got = t_.run(collect(t_.loop, std::move((**call).body), 100));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->bytes, "abcde");
    EXPECT_EQ(got->trailers.get("t"), "1");
    EXPECT_EQ(pool_->idle(), 1U);
  }
  EXPECT_EQ(connector_.servers.size(), 1U);
}

TEST_F(Http1ClientTest, what_may_not_be_reused_is_closed) {
  for (const std::string_view bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nextra",
        "HTTP/1.1 204 No Content\r\n\r\nunasked"}) {
    auto call = start(get());
    const std::size_t index = connector_.servers.size() - 1;
    answer(bytes, index);
    ASSERT_TRUE(call->ok());
    EXPECT_EQ((**call).body, nullptr);
    EXPECT_EQ(pool_->idle(), 0U);
    EXPECT_TRUE(server(index).peer_finished());
  }
  EXPECT_EQ(connector_.servers.size(), 4U);
}

TEST_F(Http1ClientTest, a_body_until_close_ends_with_the_connection) {
  auto call = start(get());
  answer("HTTP/1.1 200 OK\r\n\r\nall ");
  ASSERT_TRUE(call->ok());
  answer("of it");
  server().shutdown_write();
  EXPECT_EQ(content(*call), "all of it");
  EXPECT_EQ(pool_->idle(), 0U);
}

TEST_F(Http1ClientTest, a_body_dropped_before_its_end_closes_the_connection) {
  auto call = start(get());
  answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
  (**call).body.reset();
  EXPECT_TRUE(server().peer_finished());
  EXPECT_EQ(pool_->idle(), 0U);
}

TEST_F(Http1ClientTest, a_body_broken_off_is_an_error) {
  for (const bool reset : {false, true}) {
    auto call = start(get());
    const std::size_t index = connector_.servers.size() - 1;
    answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", index);
    runtime::Waker waker(t_.loop);
    Bytes data;
    ASSERT_EQ((**call).body->poll(waker, data), BodyPoll::kData);
    reset ? server(index).abort() : server(index).shutdown_write();
    ASSERT_EQ((**call).body->poll(waker, data), BodyPoll::kError);
    const Error& error = (**call).body->error();
    EXPECT_EQ(error.code, reset ? ErrorCode::kRead : ErrorCode::kEof);
    EXPECT_EQ(error.origin, ErrorOrigin::kUpstream);
    EXPECT_FALSE(error.retryable);
    EXPECT_EQ(error.cause_code, reset ? ECONNRESET : 0);
    EXPECT_EQ((**call).body->poll(waker, data), BodyPoll::kError) << "for ever";
  }
}

TEST_F(Http1ClientTest, bytes_that_are_no_answer_are_a_protocol_error) {
  for (const std::string_view bytes :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\n\n", "\x15\x03\x01",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    auto call = start(get());
    answer(bytes, connector_.servers.size() - 1);
    ASSERT_TRUE(call->done());
    ASSERT_FALSE(call->ok());
    EXPECT_EQ(call->error().code, ErrorCode::kProtocol);
    EXPECT_EQ(call->error().origin, ErrorOrigin::kUpstream);
    EXPECT_FALSE(call->error().retryable);
  }
}

TEST_F(Http1ClientTest, an_early_answer_to_a_big_upload_is_given_at_once) {
  BodyFeed& feed = feeds_.emplace_back();
  auto call = start(post(std::make_unique<FedBody>(feed)));
  feed.push(std::string(1000, 'u'));
  EXPECT_NE(received().find("transfer-encoding: chunked\r\n\r\n3e8\r\nuuu"), std::string::npos);
  answer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nfu");
  ASSERT_TRUE(call->ok());
  EXPECT_EQ((**call).head.status, 413);
  feed.push("more");
  EXPECT_EQ(received(), "4\r\nmore\r\n") << "the upload goes on meanwhile";
  answer("ll");
  EXPECT_EQ(content(*call), "full");
  EXPECT_EQ(pool_->idle(), 0U) << "half a request was sent";
  EXPECT_TRUE(server().peer_finished());
  EXPECT_TRUE(feed.dropped) << "and its sender is told to stop";
}

TEST_F(Http1ClientTest, an_upload_is_held_back_by_a_slow_server) {
  BodyFeed& feed = feeds_.emplace_back();
  for (int i = 0; i < 100; ++i) feed.push(std::string(10'000, 'x'));
  feed.end();
  connector_.capacity = 1000;
  auto call = start(post(std::make_unique<FedBody>(feed)));
  EXPECT_LE(feed.taken, runtime::StreamWriter::kHighWater + 10'000);
  std::size_t total = 0;
  std::array<std::byte, 1000> some;
  for (auto got = server().try_read(some); got.bytes > 0; got = server().try_read(some)) {
    total += got.bytes;
    t_.settle();
  }
  EXPECT_GT(total, 1'000'000U);
  EXPECT_EQ(feed.taken, 1'000'000U);
  answer(kEmpty);
  ASSERT_TRUE(call->ok());
  EXPECT_EQ(pool_->idle(), 1U);
}

TEST_F(Http1ClientTest, a_failing_request_body_aborts_the_request) {
  BodyFeed& feed = feeds_.emplace_back();
  auto call = start(post(std::make_unique<FedBody>(feed)));
  feed.push("part");
  t_.settle();
  feed.fail(make_error(ErrorCode::kReset, "the test says so"));
  t_.settle();
  ASSERT_TRUE(call->done());
  EXPECT_EQ(call->error().code, ErrorCode::kReset) << "the body's own error";
  EXPECT_TRUE(server().hung_up()) << "never a clean end";
}

TEST_F(Http1ClientTest, a_request_body_that_fails_after_the_head_of_the_answer_fails_the_answer) {
  BodyFeed& feed = feeds_.emplace_back();
  auto call = start(post(std::make_unique<FedBody>(feed)));
  answer("HTTP/1.1 200 OK\r\n\r\npart");
  ASSERT_TRUE(call->ok());
  feed.fail(make_error(ErrorCode::kReset, "the test says so"));
  t_.settle();
  EXPECT_EQ(content(*call).substr(0, 6), "error:");
}

TEST_F(Http1ClientTest, expect_continue_waits_for_the_server_but_not_for_ever) {
  Request request = post(make_body("ab"));
  request.head.headers.add("expect", "100-continue");
  auto call = start(std::move(request));
  const std::string head =
      "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
  EXPECT_EQ(received(), head);
  answer("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(received(), "ab");
  answer(kEmpty);
  EXPECT_TRUE(call->ok());
  EXPECT_EQ(pool_->idle(), 1U);

  request = post(make_body("ab"));
  request.head.headers.add("expect", "100-continue");
  call = start(std::move(request));
  EXPECT_EQ(received(), head);
  t_.advance(kContinueWait + 10ms);
  EXPECT_EQ(received(), "ab");
  answer(kEmpty);
  EXPECT_TRUE(call->ok());

  request = post(make_body("ab"));
  request.head.headers.add("expect", "100-continue");
  call = start(std::move(request));
  answer("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(call->ok());
  EXPECT_EQ(pool_->idle(), 0U) << "the server may still wait for the body";
}

TEST_F(Http1ClientTest, an_upgrade_becomes_a_tunnel_with_half_closes) {
  BodyFeed& feed = feeds_.emplace_back();
  Request request = get();
  request.head.headers.add("upgrade", "echo");
  request.body = std::make_unique<FedBody>(feed);
  feed.push("up");
  auto call = start(std::move(request));
  EXPECT_EQ(received(), "GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n")
      << "nothing raw before the answer";
  answer("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\ndown");
  ASSERT_TRUE(call->ok());
  EXPECT_EQ((**call).head.status, 101);
  EXPECT_EQ((**call).head.headers.get("upgrade"), "echo");
  EXPECT_EQ(received(), "up");
  server().shutdown_write();
  runtime::Waker waker(t_.loop);
  Bytes data;
  EXPECT_EQ((**call).body->poll(waker, data), BodyPoll::kData);
  EXPECT_EQ(data.view(), "down");
  EXPECT_EQ((**call).body->poll(waker, data), BodyPoll::kEnd);
  feed.push("more");
  EXPECT_EQ(received(), "more") << "one direction is shut, the other is not";
  feed.end();
  t_.settle();
  EXPECT_TRUE(server().peer_finished());
  EXPECT_TRUE(feed.dropped);
}

TEST_F(Http1ClientTest, a_refused_upgrade_leaves_an_ordinary_connection) {
  BodyFeed& feed = feeds_.emplace_back();
  Request request = get();
  request.head.headers.add("upgrade", "echo");
  request.body = std::make_unique<FedBody>(feed);
  auto call = start(std::move(request));
  answer(kEmpty);
  ASSERT_TRUE(call->ok());
  EXPECT_EQ(pool_->idle(), 1U);
  EXPECT_TRUE(feed.dropped);
}

TEST_F(Http1ClientTest, one_shot_requests_leave_nothing_idle) {
  Request old = get();
  old.head.version = Version::kHttp10;
  auto call = start(std::move(old));
  EXPECT_EQ(received(0), "GET / HTTP/1.0\r\nhost: h\r\nconnection: close\r\n\r\n");
  answer("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", 0);
  EXPECT_TRUE(call->ok());
  Request nameless = get();
  nameless.head.headers.clear();
  call = start(std::move(nameless));
  EXPECT_EQ(received(1), "GET / HTTP/1.1\r\nconnection: close\r\n\r\n");
  answer(kEmpty, 1);
  EXPECT_TRUE(call->ok());
  EXPECT_EQ(pool_->idle(), 0U);
}

TEST_F(Http1ClientTest, a_refused_connection_is_the_connectors_error) {
  connector_.refusal = make_error(ErrorCode::kConnectRefused, "no");
  EXPECT_EQ(start(get())->error().code, ErrorCode::kConnectRefused);
}

TEST_F(Http1ClientTest, a_cancelled_call_closes_its_connection) {
  auto call = start(get());
  scope_.cancel();
  EXPECT_TRUE(server().peer_finished());
  EXPECT_FALSE(call->done());
}

}  // namespace
}  // namespace seine::http
