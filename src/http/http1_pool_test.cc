// SPDX-License-Identifier: Apache-2.0
#include "http/http1_pool.h"

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "http/testing/http1_client_fixture.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class Http1PoolTest : public Http1ClientFixture {
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
