// SPDX-License-Identifier: Apache-2.0
// A server whose service is a client: how the two sides behave when they are joined to a proxy.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/http1_pool.h"
#include "http/http1_server.h"
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

// Gives back what it gets, as it comes, or on /whole once all of it is there; grants upgrades.
class Echo final : public Service {
 public:
  explicit Echo(runtime::EventLoop& loop) : loop_(loop) {}

  Task<Result<Response>> call(Request request) override {
    Response response;
    if (request.head.path == "/whole") {
      Result<Collected> got = co_await collect(loop_, std::move(request.body), 1000);
      if (!got) co_return fail(got.error());
      request.body = make_body(std::string_view(got->bytes));
    }
    if (const auto upgrade = request.head.headers.get("upgrade")) {
      response.head.status = 101;
      response.head.headers.add("upgrade", *upgrade);
    }
    response.body = std::move(request.body);
    co_return response;
  }

 private:
  runtime::EventLoop& loop_;
};

class Http1RelayTest : public ::testing::Test, protected Connector {
 protected:
  Http1RelayTest() {
    auto [near, far] = MemoryStream::make_pair();
    client_ = std::move(near);
    front_ = std::move(far);
  }
  ~Http1RelayTest() override { scope_.cancel(); }

  // The far end is served by Echo, or left to the test.
  Task<Result<std::unique_ptr<runtime::Stream>>> connect() override {
    auto [near, far] = MemoryStream::make_pair();
    near->max_read = far->max_read = piece_;
    near->max_write = far->max_write = piece_;
    near->capacity = far->capacity = capacity_;
    backs_.push_back(std::move(far));
    if (echo_served_) scope_.spawn(serve(*backs_.back(), echo_));
    co_return std::unique_ptr<runtime::Stream>(std::move(near));
  }
  Task<void> serve(MemoryStream& stream, Service& service) {
    const bool is_front = &stream == front_.get();
    Result<void> result = co_await serve_http1(t_.loop, stream, Bytes(), service, drain_, {});
    if (!is_front) {
      stream.shutdown_write();
    } else {
      front_result_ = std::move(result);
      front_.reset();
    }
  }
  void start() {
    front_->max_read = front_->max_write = piece_;
    front_->capacity = capacity_;
    scope_.spawn(serve(*front_, pool_));
    t_.settle();
  }
  void send(std::string_view bytes) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ASSERT_EQ(client_->try_write({&piece, 1}).bytes, bytes.size());
    t_.settle();
  }
  // From the far server, on the last connection to it.
  void back_says(std::string_view bytes) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ASSERT_EQ(backs_.at(backs_.size() - 1)->try_write({&piece, 1}).bytes, bytes.size());
    t_.settle();
  }
  // Reads all there is, as it is read.
  std::string receive() {
    std::string all;
    std::string some(4096, '\0');
    for (;;) {
      const auto got = client_->try_read(std::as_writable_bytes(std::span(some)));
      if (got.bytes == 0) return all;
      all.append(some, 0, got.bytes);
      t_.settle();
    }
  }

  TestLoop t_;
  std::size_t piece_ = 0;
  std::size_t capacity_ = 0;
  bool echo_served_ = true;
  Echo echo_{t_.loop};
  runtime::Drain drain_;
  Result<void> front_result_;
  std::unique_ptr<MemoryStream> client_;
  std::unique_ptr<MemoryStream> front_;
  std::vector<std::unique_ptr<MemoryStream>> backs_;
  Http1Pool pool_{t_.loop, *this};
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(Http1RelayTest, a_large_body_passes_in_small_pieces_with_bounded_memory) {
  piece_ = 777;
  capacity_ = 5000;
  start();
  std::string body(500'000, ' ');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * i % 23);
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n");
  send(body);
  EXPECT_LT(t_.loop.pool().in_use(), 40U) << "nobody reads: everyone waits";
  const std::string answer = receive();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\ncontent-length: 500000\r\n\r\n"));
  EXPECT_TRUE(answer.ends_with(body));
  EXPECT_EQ(pool_.idle(), 1U);
  EXPECT_EQ(t_.loop.pool().in_use(), 0U);
}

TEST_F(Http1RelayTest, one_connection_carries_request_after_request) {
  start();
  for (int i = 0; i < 5; ++i) {
    send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    EXPECT_EQ(receive(),
              "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  }
  EXPECT_EQ(backs_.size(), 1U);
}

TEST_F(Http1RelayTest, expect_continue_is_asked_of_the_far_server) {
  start();
  send("POST /whole HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  send("ok");
  EXPECT_NE(receive().find("\r\n\r\nok"), std::string::npos);
}

TEST_F(Http1RelayTest, informational_heads_reach_a_client_that_knows_them) {
  echo_served_ = false;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
  back_says("HTTP/1.1 100 Continue\r\n\r\n");
  back_says(
      "HTTP/1.1 103 Early\r\nLink: </a>\r\nConnection: x\r\nX: y\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(receive(), hint);
  back_says(hint + hint + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(receive(), hint + hint + "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  send("GET / HTTP/1.0\r\n\r\n");
  back_says(hint + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(receive().starts_with("HTTP/1.0 200 OK\r\n"));
}

TEST_F(Http1RelayTest, only_so_many_informational_heads_are_passed_on) {
  echo_served_ = false;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string hint = "HTTP/1.1 102 Processing\r\n\r\n";
  std::string passed;
  for (std::size_t i = 0; i < 2 * EarlyHeads::kMax; ++i) {
    back_says(hint);
    passed += receive();
  }
  EXPECT_EQ(passed.size(), EarlyHeads::kMax * hint.size());
  back_says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(receive(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
}

constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
constexpr std::string_view kUpgraded =
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";

TEST_F(Http1RelayTest, a_tunnel_carries_both_ways_and_ends_when_both_have_ended) {
  start();
  send(kUpgrade);
  EXPECT_EQ(receive(), kUpgraded);
  send("ping");
  EXPECT_EQ(receive(), "ping");
  send("last");
  client_->shutdown_write();
  EXPECT_EQ(receive(), "last");
  EXPECT_TRUE(client_->peer_finished());
  t_.settle();
  EXPECT_EQ(front_, nullptr);
  EXPECT_TRUE(front_result_);
}

TEST_F(Http1RelayTest, a_tunnel_shut_by_the_server_first_still_carries_the_upload) {
  echo_served_ = false;
  start();
  send(kUpgrade);
  MemoryStream& back = *backs_.at(0);
  back.unread().clear();
  iovec piece{const_cast<char*>(kUpgraded.data()), kUpgraded.size()};
  back.try_write({&piece, 1});
  back.shutdown_write();
  t_.settle();
  EXPECT_EQ(receive(), kUpgraded);
  EXPECT_TRUE(client_->peer_finished());
  send("still here");
  EXPECT_EQ(back.unread(), "still here");
  client_->shutdown_write();
  t_.settle();
  EXPECT_TRUE(back.peer_finished());
  EXPECT_EQ(front_, nullptr);
  EXPECT_TRUE(front_result_);
}

TEST_F(Http1RelayTest, a_client_that_hangs_up_ends_the_far_exchange) {
  echo_served_ = false;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(backs_.at(0)->peer_finished());
  client_->abort();
  t_.settle();
  EXPECT_TRUE(backs_.at(0)->peer_finished());
  EXPECT_EQ(front_result_.error().code, ErrorCode::kCancelled);
}

TEST_F(Http1RelayTest,
       a_far_server_that_dies_in_its_body_leaves_the_client_with_a_part_that_says_so) {
  echo_served_ = false;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string_view half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
  iovec piece{const_cast<char*>(half.data()), half.size()};
  backs_.at(0)->try_write({&piece, 1});
  backs_.at(0)->shutdown_write();
  t_.settle();
  EXPECT_EQ(client_->unread(), "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
  EXPECT_TRUE(client_->peer_finished());
  EXPECT_EQ(front_result_.error().code, ErrorCode::kEof);
  EXPECT_EQ(front_result_.error().origin, ErrorOrigin::kUpstream);
}

TEST_F(Http1RelayTest, a_client_that_breaks_off_its_upload_aborts_the_far_request) {
  echo_served_ = false;
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
  client_->shutdown_write();
  t_.settle();
  EXPECT_TRUE(backs_.at(0)->hung_up()) << "half a body must not look whole";
  EXPECT_EQ(front_result_.error().origin, ErrorOrigin::kDownstream);
}

}  // namespace
}  // namespace seine::http
