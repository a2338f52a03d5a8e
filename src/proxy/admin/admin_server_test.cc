// SPDX-License-Identifier: Apache-2.0
#include "proxy/admin/admin_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/temporary_folder.h"
#include "crypto/testing/tls_pair.h"
#include "http/http2_client.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGetLive[] = "GET /live HTTP/1.1\r\nhost: a\r\n\r\n";

// Reads until `needle` has come or the stream has ended; then "(closed)" stands at the end.
Task<std::string> read_until(runtime::EventLoop& loop, runtime::Stream& stream,
                             std::string needle) {
  runtime::Waker waker(loop);
  std::string all;
  while (all.find(needle) == std::string::npos) {
    runtime::Bytes bytes;
    const runtime::IoResult result = runtime::read_block(stream, loop.pool(), bytes);
    if (result.status == runtime::IoResult::Status::kOk) {
      all += bytes.view();
    } else if (result.status == runtime::IoResult::Status::kWouldBlock) {
      co_await runtime::read_ready(stream, waker);
    } else {
      co_return all + "(closed)";
    }
  }
  co_return all;
}

class AdminServerTest : public ::testing::Test {
 protected:
  AdminServerTest() {
    config_.admin_listen = SocketAddr::parse("127.0.0.1:0").value();
    config_.admin_socket = folder_.path() + "/admin";
  }

  void start() {
    server_ = std::make_unique<AdminServer>(loop(), log_, config_, Environment(), registry_, tls_,
                                            shutdown_);
    const Result<void> bound = server_->bind();
    ASSERT_TRUE(bound.has_value()) << bound.error().to_string();
    server_->start();
  }
  runtime::EventLoop& loop() { return pair_.t.loop; }
  std::unique_ptr<runtime::Socket> connect() {
    return pair_.t.run(runtime::connect_tcp(loop(), server_->addr(), {})).value();
  }
  std::unique_ptr<runtime::Socket> connect_operator() {
    return pair_.t.run(runtime::connect_unix(loop(), config_.admin_socket)).value();
  }
  std::string say(runtime::Stream& stream, std::string_view text, std::string needle) {
    EXPECT_EQ(crypto::testing::write(stream, text).bytes, text.size());
    return pair_.t.run(read_until(loop(), stream, std::move(needle)));
  }
  static Task<void> finish(AdminServer& server, bool& finished) {
    co_await server.finish();
    finished = true;
  }
  std::string until_closed(runtime::Stream& stream) {
    return pair_.t.run(read_until(loop(), stream, "(never)"));
  }
  std::string errors() {
    const std::string page = registry_.scrape();
    std::string lines;
    for (std::size_t at = 0; (at = page.find("\nseine_admin_errors_total{", at)) != page.npos;) {
      const std::size_t end = page.find('\n', ++at);
      lines += page.substr(at, end - at) + ";";
    }
    return lines;
  }

  crypto::testing::TlsPair pair_;
  Log log_{pair_.t.clock, -1, LogLevel::kWarn, LogFormat::kPlain};
  metrics::Registry registry_{pair_.t.clock, 2};
  Config config_{};
  const TemporaryFolder folder_ = TemporaryFolder::make("admin").value();
  TlsState tls_;
  runtime::Signal shutdown_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, answers_http1) {
  start();
  const auto client = connect();
  const std::string answer = say(*client, kGetLive, "live\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nlive\n"));
  EXPECT_EQ(errors(), "");
}

TEST_F(AdminServerTest, answers_http2) {
  start();
  http::Http2Client client(loop(), connect(), {});
  http::Request request;
  request.head.scheme = "http";
  request.head.authority = "a";
  request.head.path = "/ready";
  Result<http::Response> response = pair_.t.run(client.send(std::move(request)));
  ASSERT_TRUE(response.has_value()) << response.error().to_string();
  EXPECT_EQ(response->head.status, 503);
  EXPECT_EQ(pair_.t.run(http::collect(loop(), std::move(response->body), 100))->bytes,
            "not ready\n");
}

TEST_F(AdminServerTest, answers_inside_tls_once_there_is_a_certificate) {
  tls_.replace(pair_.server_context);
  start();
  auto client =
      crypto::TlsStream::client(loop(), connect(), pair_.client_context, pair_.client_options);
  const auto info = pair_.t.run(client->handshake());
  ASSERT_TRUE(info.has_value()) << info.error().to_string();
  EXPECT_THAT(say(*client, "GET /ready HTTP/1.1\r\nhost: a\r\n\r\n", "ready\n"),
              EndsWith("\r\n\r\nready\n"));
  const auto plain = connect();
  EXPECT_THAT(say(*plain, kGetLive, "live\n"), EndsWith("live\n"));
}

TEST_F(AdminServerTest, a_tls_hello_before_the_certificate_is_closed_and_counted) {
  start();
  auto client =
      crypto::TlsStream::client(loop(), connect(), pair_.client_context, pair_.client_options);
  EXPECT_FALSE(pair_.t.run(client->handshake()).has_value());
  EXPECT_THAT(errors(), HasSubstr(std::string(error_name(ErrorCode::kProtocol)) + "\"} 1;"));
}

TEST_F(AdminServerTest, other_protocols_are_closed_and_counted) {
  tls_.replace(pair_.server_context);
  start();
  const auto client = connect();
  EXPECT_EQ(say(*client, "EHLO example.com\r\n", "(never)"), "(closed)");
  EXPECT_THAT(errors(), HasSubstr(std::string(error_name(ErrorCode::kProtocol)) + "\"} 1;"));
}

TEST_F(AdminServerTest, a_probe_that_only_connects_is_no_error) {
  start();
  connect();
  pair_.t.settle();
  EXPECT_EQ(errors(), "");
}

TEST_F(AdminServerTest, a_client_that_says_nothing_is_closed_after_the_header_timeout) {
  tls_.replace(pair_.server_context);
  start();
  const auto client = connect();
  pair_.t.advance(kAdminDetectTimeout + kAdminHeaderTimeout - 100ms);
  EXPECT_EQ(server_->connections(), 1u);
  pair_.t.advance(200ms);
  EXPECT_EQ(until_closed(*client), "(closed)");
  EXPECT_THAT(errors(), HasSubstr(std::string(error_name(ErrorCode::kTimeout)) + "\"} 1;"));
}

// Story S11.
TEST_F(AdminServerTest, a_connection_idle_for_a_minute_still_answers) {
  start();
  const auto client = connect();
  say(*client, kGetLive, "live\n");
  pair_.t.advance(60s + 10s, 1s);
  EXPECT_THAT(say(*client, kGetLive, "live\n"), EndsWith("live\n"));
  pair_.t.advance(kAdminIdleTimeout + 5s, 1s);
  EXPECT_EQ(until_closed(*client), "(closed)");
  EXPECT_EQ(errors(), "");
}

// CVE-2024-40632 of Linkerd: a request from this host is no proof of who asks.
TEST_F(AdminServerTest, tcp_takes_no_shutdown_unless_the_environment_says_so) {
  start();
  const auto client = connect();
  EXPECT_THAT(
      say(*client, "POST /shutdown HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", "\r\n\r\n"),
      StartsWith("HTTP/1.1 404 "));
  EXPECT_FALSE(shutdown_.fired());
}

TEST_F(AdminServerTest, tcp_takes_a_shutdown_from_loopback_where_the_environment_says_so) {
  config_.shutdown_endpoint = true;
  start();
  const auto client = connect();
  EXPECT_THAT(
      say(*client, "POST /shutdown HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", "shutdown\n"),
      StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(shutdown_.fired());
}

TEST_F(AdminServerTest, the_socket_is_for_its_owner_alone_and_changes_state) {
  start();
  struct stat status{};
  ASSERT_EQ(stat(config_.admin_socket.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  const auto client = connect_operator();
  EXPECT_THAT(
      say(*client, "PUT /proxy-log-level HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\ndebug",
          "\r\n\r\n"),
      StartsWith("HTTP/1.1 204 "));
  EXPECT_EQ(log_.level(), LogLevel::kDebug);
  EXPECT_THAT(
      say(*client, "POST /shutdown HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", "shutdown\n"),
      StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(shutdown_.fired());
}

TEST_F(AdminServerTest, connections_beyond_the_limit_are_closed_and_leave_the_other_door_open) {
  start();
  std::vector<std::unique_ptr<runtime::Socket>> clients;
  clients.reserve(kMaxAdminUnixConnections);
  for (std::size_t i = 0; i < kMaxAdminUnixConnections; ++i) clients.push_back(connect_operator());
  pair_.t.settle();
  EXPECT_EQ(server_->connections(), kMaxAdminUnixConnections);
  const auto refused = connect_operator();
  EXPECT_EQ(until_closed(*refused), "(closed)");
  EXPECT_THAT(errors(), HasSubstr(std::string(error_name(ErrorCode::kLimit)) + "\"} 1;"));

  const auto prober = connect();
  EXPECT_THAT(say(*prober, kGetLive, "live\n"), EndsWith("live\n"));
  clients.pop_back();
  pair_.t.settle();
  const auto admitted = connect_operator();
  EXPECT_THAT(say(*admitted, kGetLive, "live\n"), EndsWith("live\n"));
}

TEST_F(AdminServerTest, a_drain_ends_idle_connections_and_takes_no_new_ones) {
  start();
  const auto client = connect();
  say(*client, kGetLive, "live\n");
  server_->drain();
  EXPECT_EQ(until_closed(*client), "(closed)");
  const auto late = pair_.t.run(runtime::connect_tcp(loop(), server_->addr(), {}));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kConnectRefused);
  EXPECT_NE(access(config_.admin_socket.c_str(), F_OK), 0);
}

TEST_F(AdminServerTest, the_last_request_is_answered_whole_before_the_server_has_finished) {
  start();
  const auto client = connect();
  EXPECT_EQ(crypto::testing::write(*client, "GET /live HTTP/1.1\r\n").bytes, 20U);
  pair_.t.settle();
  bool finished = false;
  runtime::TaskScope scope(loop(), [](Error) {});
  scope.spawn(finish(*server_, finished));
  pair_.t.settle();
  EXPECT_FALSE(finished);
  EXPECT_THAT(say(*client, "host: a\r\n\r\n", "live\n"), EndsWith("live\n"));
  EXPECT_EQ(until_closed(*client), "(closed)");
  pair_.t.settle();
  EXPECT_TRUE(finished);
}

TEST_F(AdminServerTest, a_request_that_never_comes_whole_holds_the_end_for_a_second) {
  start();
  const auto client = connect();
  EXPECT_EQ(crypto::testing::write(*client, "GET /live HTTP/1.1\r\n").bytes, 20U);
  pair_.t.settle();
  bool finished = false;
  runtime::TaskScope scope(loop(), [](Error) {});
  scope.spawn(finish(*server_, finished));
  pair_.t.advance(kAdminDrainTimeout - 100ms);
  EXPECT_FALSE(finished);
  pair_.t.advance(200ms);
  EXPECT_TRUE(finished);
}

TEST_F(AdminServerTest, an_address_in_use_is_a_sentence) {
  start();
  Config other = config_;
  other.admin_listen = server_->addr();
  AdminServer second(loop(), log_, other, Environment(), registry_, tls_, shutdown_);
  const Result<void> bound = second.bind();
  ASSERT_FALSE(bound.has_value());
  EXPECT_EQ(bound.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(bound.error().message, StartsWith("LINKERD2_PROXY_ADMIN_LISTEN_ADDR: "));
}

}  // namespace
}  // namespace seine::proxy
