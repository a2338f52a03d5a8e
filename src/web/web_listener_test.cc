// SPDX-License-Identifier: Apache-2.0
#include "web/web_listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/testing/test_loop.h"

namespace seine::web {
namespace {

using namespace std::chrono_literals;

// To who has said all.
class Greeting final : public http::Service {
 public:
  explicit Greeting(runtime::EventLoop& loop) : loop_(loop) {}
  runtime::Task<Result<http::Response>> call(http::Request request) override {
    (void)co_await http::collect(loop_, std::move(request.body), 1024);
    http::Response response;
    response.body = http::make_body(std::string_view("hello"));
    co_return response;
  }

 private:
  runtime::EventLoop& loop_;
};

// A blocking client, whose other side moves while it is looked at.
class WebListenerTest : public ::testing::Test {
 protected:
  ~WebListenerTest() override {
    for (const int fd : clients_) ::close(fd);
  }
  int connect_client() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    clients_.push_back(fd);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(listener_->addr().port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    return fd;
  }
  // What comes, up to the connection's end or to `until`.
  std::string read_until(int fd, std::string_view until) {
    std::string out;
    for (int i = 0; i < 100'000; ++i) {
      t_.loop.run_turn(/*may_block=*/false);
      char piece[512];
      const ssize_t got = ::read(fd, piece, sizeof(piece));
      if (got == 0) return out + "END";
      if (got > 0) out.append(piece, static_cast<std::size_t>(got));
      if (!until.empty() && out.ends_with(until)) return out;
    }
    return out + "NEVER";
  }
  void send(int fd, std::string_view text) {
    for (int i = 0; i < 1000 && ::write(fd, text.data(), text.size()) < 0; ++i) {
      t_.loop.run_turn(/*may_block=*/false);
    }
  }

  runtime::testing::TestLoop t_;
  metrics::Registry registry_{t_.clock, 1};
  WebMetrics metrics_{registry_, 0};
  Greeting service_{t_.loop};
  runtime::Drain drain_;
  const std::unique_ptr<WebListener> listener_ =
      *WebListener::open(t_.loop, *SocketAddr::parse("127.0.0.1:0"), service_, drain_, metrics_);
  std::vector<int> clients_;
};

TEST_F(WebListenerTest, answers_over_http_and_keeps_the_connection_for_a_while) {
  const int client = connect_client();
  for (int i = 0; i < 2; ++i) {
    send(client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(read_until(client, "hello").starts_with("HTTP/1.1 200 OK\r\n"));
  }
  t_.advance(kIdleTimeout, 1s);
  EXPECT_EQ(read_until(client, ""), "END");
}

TEST_F(WebListenerTest, ends_a_connection_that_never_asks) {
  const int client = connect_client();
  send(client, "GET / HT");
  for (int i = 0; i < 100; ++i) t_.loop.run_turn(/*may_block=*/false);
  t_.advance(kHeaderTimeout, 1s);
  EXPECT_TRUE(read_until(client, "").starts_with("HTTP/1.1 408 "));
}

TEST_F(WebListenerTest, sends_away_who_is_one_too_many) {
  for (std::size_t i = 0; i < WebListener::kMaxConnections; ++i) connect_client();
  const int late = connect_client();
  EXPECT_EQ(read_until(late, ""), "END");
  EXPECT_TRUE(registry_.scrape().contains(R"(seine_web_refused_total{reason="connections"} 1)"));
  send(clients_.front(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(read_until(clients_.front(), "hello").ends_with("hello"));
}

TEST_F(WebListenerTest, a_drain_ends_connections_that_nobody_uses) {
  const int client = connect_client();
  send(client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  read_until(client, "hello");
  drain_.fire();
  EXPECT_EQ(read_until(client, ""), "END");
}

TEST_F(WebListenerTest, has_finished_once_those_that_asked_are_answered) {
  const int idle = connect_client();
  const int busy = connect_client();
  send(busy, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n");
  for (int i = 0; i < 100; ++i) t_.loop.run_turn(/*may_block=*/false);
  bool is_finished = false;
  runtime::TaskScope scope(t_.loop, [](Error) {});
  scope.spawn([](WebListener& listener, bool& finished) -> runtime::Task<void> {
    co_await listener.finished();
    finished = true;
  }(*listener_, is_finished));
  listener_->close();
  drain_.fire();
  EXPECT_EQ(read_until(idle, ""), "END");
  EXPECT_FALSE(is_finished);
  send(busy, "{}");
  EXPECT_TRUE(read_until(busy, "").starts_with("HTTP/1.1 200 OK\r\n"));
  for (int i = 0; i < 100; ++i) t_.loop.run_turn(/*may_block=*/false);
  EXPECT_TRUE(is_finished);
}

}  // namespace
}  // namespace seine::web
