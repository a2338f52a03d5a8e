// SPDX-License-Identifier: Apache-2.0
#include "http/http1_client.h"

#include <errno.h>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/http1_pool.h"
#include "http/testing/fed_body.h"
#include "runtime/task_scope.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using runtime::Bytes;
using runtime::Task;
using runtime::testing::MemoryStream;
using runtime::testing::TestLoop;
using testing::BodyFeed;
using testing::FedBody;

// Gives streams whose far ends the test plays the server on.
class FakeConnector final : public Connector {
 public:
  std::vector<std::unique_ptr<MemoryStream>> servers;  // one for each connection, in order
  std::vector<MemoryStream*> clients;                  // their other ends, while they live
  std::size_t capacity = 0;                            // of what a server has not read yet
  std::optional<Error> refusal;

  Task<Result<std::unique_ptr<runtime::Stream>>> connect() override {
    if (refusal) co_return fail(*refusal);
    auto [near, far] = MemoryStream::make_pair();
    servers.push_back(std::move(far));
    clients.push_back(near.get());
    near->capacity = capacity;
    co_return std::unique_ptr<runtime::Stream>(std::move(near));
  }
};

class Http1ClientTest : public ::testing::Test {
 protected:
  // An exchange under way.
  struct Call {
    std::optional<Result<Response>> response;
    bool done() const { return response.has_value(); }
    bool ok() const { return response && response->has_value(); }
    Response& operator*() { return **response; }
    const Error& error() const { return response->error(); }
  };

  ~Http1ClientTest() override { scope_.cancel(); }

  static Request get(std::string path = "/", std::string method = "GET") {
    Request request;
    request.head.method = std::move(method);
    request.head.path = std::move(path);
    request.head.headers.add("host", "h");
    return request;
  }
  static Request post(BodyPtr body, std::string method = "POST") {
    Request request = get("/", std::move(method));
    request.body = std::move(body);
    return request;
  }
  Task<void> run(Request request, std::shared_ptr<Call> call) {
    call->response.emplace(co_await pool_->call(std::move(request)));
  }
  std::shared_ptr<Call> start(Request request) {
    auto call = std::make_shared<Call>();
    scope_.spawn(run(std::move(request), call));
    t_.settle();
    return call;
  }
  MemoryStream& server(std::size_t index = 0) { return *connector_.servers.at(index); }
  // What connection `index` has received since the last call.
  std::string received(std::size_t index = 0) {
    t_.settle();
    return std::exchange(server(index).unread(), std::string());
  }
  void answer(std::string_view bytes, std::size_t index = 0) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ASSERT_EQ(server(index).try_write({&piece, 1}).bytes, bytes.size());
    t_.settle();
  }
  std::string content(Call& call) {
    Result<Collected> got = t_.run(collect(t_.loop, std::move((*call).body), 1 << 20));
    return got ? got->bytes : "error: " + got.error().to_string();
  }

  static constexpr std::string_view kGet = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
  static constexpr std::string_view kEmpty = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

  TestLoop t_;
  std::deque<BodyFeed> feeds_;  // outlive the bodies they feed
  FakeConnector connector_;
  std::unique_ptr<Http1Pool> pool_ = std::make_unique<Http1Pool>(t_.loop, connector_);
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

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

class Http1PoolTest : public Http1ClientTest {
 protected:
  // Makes one connection idle.
  void warm_up() {
    auto call = start(get());
    answer(kEmpty, connector_.servers.size() - 1);
    ASSERT_TRUE(call->ok());
    received(connector_.servers.size() - 1);
  }
};

TEST_F(Http1PoolTest, the_connection_used_last_is_used_first_and_the_oldest_expires) {
  auto a = start(get());
  auto b = start(get());
  answer(kEmpty, 0);
  t_.advance(1s);
  answer(kEmpty, 1);
  EXPECT_EQ(pool_->idle(), 2U);
  received(0);
  received(1);
  t_.advance(2100ms);
  EXPECT_EQ(pool_->idle(), 1U) << "three seconds after its answer";
  auto c = start(get());
  EXPECT_EQ(received(1), kGet);
  answer(kEmpty, 1);
  t_.advance(2900ms);
  EXPECT_EQ(pool_->idle(), 1U);
  t_.advance(200ms);
  EXPECT_EQ(pool_->idle(), 0U);
}

TEST_F(Http1PoolTest, keeps_at_most_so_many) {
  pool_ = std::make_unique<Http1Pool>(t_.loop, connector_, Http1PoolOptions{.max_idle = 2});
  for (int i = 0; i < 3; ++i) start(get());
  for (std::size_t i = 0; i < 3; ++i) answer(kEmpty, i);
  EXPECT_EQ(pool_->idle(), 2U);
  EXPECT_TRUE(server(0).peer_finished());
}

TEST_F(Http1PoolTest, an_idle_connection_that_stirs_is_dropped_at_once) {
  for (const std::string_view how : {"closes", "resets", "speaks"}) {
    warm_up();
    ASSERT_EQ(pool_->idle(), 1U);
    const std::size_t index = connector_.servers.size() - 1;
    if (how == "closes") server(index).shutdown_write();
    if (how == "resets") server(index).abort();
    if (how == "speaks") answer("HTTP/1.1 408 Request Timeout\r\n\r\n", index);
    t_.settle();
    EXPECT_EQ(pool_->idle(), 0U) << how;
  }
}

TEST_F(Http1PoolTest, a_request_that_loses_the_race_is_sent_once_more) {
  for (const bool reset : {false, true}) {
    warm_up();
    const std::size_t old = connector_.servers.size() - 1;
    auto call = start(get("/again"));
    EXPECT_EQ(received(old), "GET /again HTTP/1.1\r\nhost: h\r\n\r\n");
    reset ? server(old).abort() : server(old).shutdown_write();
    t_.settle();
    ASSERT_EQ(connector_.servers.size(), old + 2);
    EXPECT_EQ(received(old + 1), "GET /again HTTP/1.1\r\nhost: h\r\n\r\n");
    answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", old + 1);
    EXPECT_TRUE(call->ok());
  }
  EXPECT_EQ(pool_->repeated(), 2U);
}

TEST_F(Http1PoolTest, nothing_is_repeated_that_could_happen_twice) {
  const auto lose = [&](Request request, std::string_view first_bytes) {
    warm_up();
    const std::size_t old = connector_.servers.size() - 1;
    auto call = start(std::move(request));
    if (!first_bytes.empty()) answer(first_bytes, old);
    server(old).shutdown_write();
    t_.settle();
    EXPECT_EQ(connector_.servers.size(), old + 1);
    ASSERT_TRUE(call->done());
    ASSERT_FALSE(call->ok());
    EXPECT_EQ(call->error().code, ErrorCode::kEof);
    EXPECT_FALSE(call->error().retryable);
  };
  lose(get("/", "POST"), "");
  lose(post(make_body("polled"), "PUT"), "");
  lose(get(), "HTTP/1.1 2");
  EXPECT_EQ(pool_->repeated(), 0U);
}

TEST_F(Http1PoolTest, a_fresh_connection_is_not_tried_twice) {
  auto call = start(get());
  server(0).shutdown_write();
  t_.settle();
  ASSERT_TRUE(call->done());
  EXPECT_EQ(connector_.servers.size(), 1U);
  EXPECT_EQ(call->error().code, ErrorCode::kEof);
}

TEST_F(Http1PoolTest, the_second_try_is_the_last) {
  warm_up();
  auto call = start(get());
  server(0).shutdown_write();
  t_.settle();
  server(1).shutdown_write();
  t_.settle();
  ASSERT_TRUE(call->done());
  EXPECT_FALSE(call->ok());
  EXPECT_EQ(connector_.servers.size(), 2U);
}

TEST_F(Http1PoolTest, whatever_never_left_is_always_repeated) {
  auto first = start(get());
  answer(kEmpty);
  // The stream takes no more, then dies: the server cannot have seen the second request.
  connector_.clients[0]->capacity = 1;
  auto call = start(get("/", "POST"));
  EXPECT_EQ(received(0), kGet);
  server(0).abort();
  t_.settle();
  ASSERT_EQ(connector_.servers.size(), 2U);
  EXPECT_EQ(received(1), "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n");
}

TEST_F(Http1PoolTest, a_body_may_outlive_the_pool) {
  auto call = start(get());
  answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
  ASSERT_TRUE(call->ok());
  scope_.cancel();
  pool_.reset();
  answer("cd");
  EXPECT_EQ(content(*call), "abcd");
  EXPECT_TRUE(server(0).peer_finished());
}

}  // namespace
}  // namespace seine::http
