// SPDX-License-Identifier: Apache-2.0
#include "http/http1_server.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/testing/http1_server_fixture.h"
#include "http/testing/noted_offences.h"

namespace seine::http {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using runtime::testing::MemoryStream;

class Http1ServerTest : public Http1ServerFixture {};

TEST_F(Http1ServerTest, answers_and_keeps_the_connection) {
  start();
  for (int i = 0; i < 3; ++i) {
    const std::size_t writes = server_->writes;
    send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    EXPECT_EQ(server_->writes, writes + 1) << "head and body leave in one write";
  }
  EXPECT_FALSE(done_);
  client_->shutdown_write();
  t_.settle();
  EXPECT_TRUE(done_);
  EXPECT_TRUE(result_) << result_.error().to_string();
}

TEST_F(Http1ServerTest, a_waiting_connection_holds_no_block) {
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  received();
  EXPECT_EQ(t_.loop.pool().in_use(), 0U);
  send("GET / HTT");
  EXPECT_EQ(t_.loop.pool().in_use(), 0U);
  send("P/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(t_.loop.pool().in_use(), 0U);
}

TEST_F(Http1ServerTest, bytes_already_read_come_first) {
  start("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
  send("b");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab");
}

TEST_F(Http1ServerTest, answers_the_same_however_the_bytes_are_cut) {
  const std::string requests =
      "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
      "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n"
      "T: 1\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  const std::string answers =
      "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"
      "HTTP/1.1 200 OK\r\ngot-trailers: yes\r\ncontent-length: 3\r\n\r\ndef"
      "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
  for (std::size_t step = 1; step < requests.size() + 10; step += 3) {
    auto [near, far] = MemoryStream::make_pair();
    server_ = std::move(near);
    client_ = std::move(far);
    server_->max_read = step;
    server_->max_write = step;
    done_ = false;
    start();
    send(requests);
    EXPECT_EQ(received(), answers) << step;
    EXPECT_TRUE(done_);
    EXPECT_TRUE(result_);
  }
}

TEST_F(Http1ServerTest, pipelined_requests_are_answered_in_order) {
  service_.delay = 50ms;
  service_.answer = [&](Request& request) { return text(request.head.path); };
  start();
  send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(service_.asked.size(), 1U) << "one at a time";
  t_.advance(1s);
  const std::string head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
  EXPECT_EQ(received(), head + "/1" + head + "/2" + head + "/3");
}

TEST_F(Http1ServerTest, pipelining_without_reading_is_bounded) {
  service_.answer = [](Request&) { return text(std::string(1000, 'x')); };
  server_->capacity = 0;
  start();
  server_->capacity = 1;  // nothing but the first byte leaves
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  send(many);
  EXPECT_LT(service_.asked.size(), 100U);
  EXPECT_LT(t_.loop.pool().in_use(), 8U);
  server_->capacity = 0;
  std::size_t total = 0;
  for (std::string some = read_some(1 << 20); !some.empty(); some = read_some(1 << 20)) {
    total += some.size();
  }
  EXPECT_EQ(service_.asked.size(), 2000U);
  EXPECT_GT(total, 2000U * 1000);
}

TEST_F(Http1ServerTest, http10_closes_unless_asked_not_to) {
  start();
  send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n");
  send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  EXPECT_TRUE(done_);
  EXPECT_TRUE(client_->peer_finished());
}

TEST_F(Http1ServerTest, bad_requests_get_a_sentence_and_the_end_and_are_counted) {
  NotedOffences offences;
  options_.offences = &offences;
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, std::string>>{
           {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400 Bad Request"},
           {"GET / HTTP/2.0\r\n\r\n", "505 HTTP Version Not Supported"},
           {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "501 Not Implemented"},
           {"GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x'),
            "431 Request Header Fields Too Large"},
           {"\x16\x03\x01", "400 Bad Request"}}) {
    auto [near, far] = MemoryStream::make_pair();
    server_ = std::move(near);
    client_ = std::move(far);
    done_ = false;
    start();
    send(bytes);
    const std::string answer = received();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status + "\r\n")) << answer;
    EXPECT_NE(answer.find("connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(client_->peer_finished());
    t_.advance(2s);
    EXPECT_TRUE(done_);
    EXPECT_FALSE(result_);
    EXPECT_EQ(result_.error().origin, ErrorOrigin::kDownstream);
  }
  EXPECT_TRUE(service_.asked.empty());
  EXPECT_EQ(offences.counts["malformed messages refused"], 4);
  EXPECT_EQ(offences.counts["too large refused"], 1);
}

TEST_F(Http1ServerTest, a_refused_request_in_a_pipeline_does_not_eat_the_answers_before_it) {
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\nHost: h\n\n");
  const std::string answer = received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 400 "))
      << answer;
}

TEST_F(Http1ServerTest, drain_ends_idle_connections_at_once_and_busy_ones_after_the_answer) {
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  received();
  drain_.fire();
  t_.settle();
  EXPECT_TRUE(done_);
  EXPECT_TRUE(result_);
}

TEST_F(Http1ServerTest, a_request_in_flight_survives_the_drain) {
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
  drain_.fire();
  t_.settle();
  EXPECT_FALSE(done_);
  send("bGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nab");
  EXPECT_TRUE(done_);
}

TEST_F(Http1ServerTest, a_client_that_hangs_up_cancels_the_call) {
  service_.delay = 24h;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(service_.cancelled, 0);
  client_->abort();
  t_.settle();
  EXPECT_EQ(service_.cancelled, 1);
  EXPECT_TRUE(done_);
  EXPECT_EQ(result_.error().code, ErrorCode::kCancelled);
}

TEST_F(Http1ServerTest, a_client_that_half_closes_gets_its_answer) {
  service_.delay = 1s;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client_->shutdown_write();
  t_.advance(2s);
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  EXPECT_TRUE(done_);
  EXPECT_TRUE(result_);
}

TEST_F(Http1ServerTest, a_client_that_is_silent_after_its_end_is_taken_for_gone) {
  service_.delay = 24h;
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client_->shutdown_write();
  t_.advance(kClientPatience - 1s);
  EXPECT_EQ(service_.cancelled, 0);
  t_.advance(2s);
  EXPECT_EQ(service_.cancelled, 1);
  EXPECT_TRUE(done_);
  EXPECT_EQ(result_.error().code, ErrorCode::kCancelled);
}

TEST_F(Http1ServerTest, a_client_that_left_in_the_middle_of_a_silent_answer_is_taken_for_gone) {
  BodyFeed& feed = feeds_.emplace_back();
  service_.answer = [&](Request&) { return with_body(std::make_unique<FedBody>(feed)); };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client_->shutdown_write();
  // As long as it is sent something it has its time: were it gone, its kernel would say so.
  for (int i = 0; i < 5; ++i) {
    feed.push("event");
    t_.advance(kClientPatience - 1s);
  }
  EXPECT_FALSE(done_);
  t_.advance(2 * kClientPatience);
  EXPECT_TRUE(done_);
  EXPECT_TRUE(feed.dropped);
  EXPECT_TRUE(client_->hung_up()) << "half an answer must not look whole";
}

TEST_F(Http1ServerTest, a_tunnel_outlives_the_clients_half_close) {
  BodyFeed& feed = feeds_.emplace_back();
  service_.answer = [&](Request&) {
    Result<Response> response = with_body(std::make_unique<FedBody>(feed));
    response->head.status = 101;
    response->head.headers.add("upgrade", "echo");
    return response;
  };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
  client_->shutdown_write();
  t_.advance(3 * kClientPatience);
  EXPECT_FALSE(done_);
}

TEST_F(Http1ServerTest, the_end_of_a_drain_resets_an_answer_under_way) {
  for (const bool has_begun : {false, true}) {
    auto [near, far] = MemoryStream::make_pair();
    server_ = std::move(near);
    client_ = std::move(far);
    service_.delay = has_begun ? 0s : 24h;
    BodyFeed& feed = feeds_.emplace_back();
    service_.answer = [&](Request&) { return with_body(std::make_unique<FedBody>(feed)); };
    start();
    send("GET / HTTP/1.0\r\n\r\n");
    feed.push("a part");
    t_.settle();
    EXPECT_FALSE(client_->hung_up());
    scope_.cancel();
    t_.settle();
    EXPECT_TRUE(client_->hung_up()) << "a plain end could pass for that of the answer";
  }
}

TEST_F(Http1ServerTest, silence_ends_after_the_idle_timeout_and_slow_heads_get_408) {
  options_ = {.header_timeout = 5s, .idle_timeout = 10s};
  start();
  t_.advance(4s);
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(received(), "");
  t_.advance(9s);
  EXPECT_FALSE(done_);
  send("GET / HT");
  t_.advance(4s);
  send("T");
  EXPECT_FALSE(done_);
  t_.advance(1100ms);
  EXPECT_TRUE(received().starts_with("HTTP/1.1 408 "));
  t_.advance(2s);
  EXPECT_EQ(result_.error().code, ErrorCode::kTimeout);
}

TEST_F(Http1ServerTest, a_client_may_connect_ahead_but_not_drip_its_head) {
  NotedOffences offences;
  options_.header_timeout = 10s;
  options_.may_begin_late = true;
  options_.offences = &offences;
  start();
  t_.advance(1h, 1s);
  EXPECT_FALSE(done_);
  send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 12 && !done_; ++i) {
    t_.advance(1s);
    if (!done_) send("x: y\r\n");
  }
  EXPECT_TRUE(received().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(offences.counts["slow head refused"], 1);
  EXPECT_EQ(offences.counts.size(), 1U);
}

TEST_F(Http1ServerTest, an_idle_connection_closes_silently) {
  options_ = {.header_timeout = 5s, .idle_timeout = 10s};
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  received();
  t_.advance(9900ms);
  EXPECT_FALSE(done_);
  t_.advance(200ms);
  EXPECT_TRUE(done_);
  EXPECT_TRUE(result_);
  EXPECT_EQ(received(), "");
}

TEST_F(Http1ServerTest, hop_by_hop_fields_do_not_reach_the_service) {
  Headers seen;
  service_.answer = [&](Request& request) {
    seen = request.head.headers;
    return text("");
  };
  start();
  send(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: X-Secret, keep-alive\r\nX-Secret: 1\r\n"
      "Keep-Alive: 5\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nTE: trailers\r\nX: y\r\n\r\n");
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_TRUE(seen.contains("host"));
  EXPECT_EQ(seen.get("te"), "trailers");
  EXPECT_EQ(seen.get("x"), "y");
}

TEST_F(Http1ServerTest, an_error_of_the_service_closes_without_an_answer) {
  service_.answer = [](Request&) -> Result<Response> {
    return fail(ErrorCode::kUnavailable, "no");
  };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "");
  EXPECT_TRUE(client_->peer_finished());
  EXPECT_EQ(result_.error().code, ErrorCode::kUnavailable);
}

TEST_F(Http1ServerTest, an_answer_that_would_split_becomes_a_500) {
  service_.answer = [](Request&) -> Result<Response> {
    Response response;
    response.head.headers.add("x", "a\r\nSet-Cookie: b");
    return response;
  };
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(received().starts_with("HTTP/1.1 500 "));
}

}  // namespace
}  // namespace seine::http
