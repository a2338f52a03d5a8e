// SPDX-License-Identifier: Apache-2.0
#include "http/http1_server.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "runtime/combine.h"
#include "runtime/stream_writer.h"
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

// Counts the calls that were destroyed before their end.
struct CancelCount {
  int& count;
  bool done = false;
  ~CancelCount() {
    if (!done) ++count;
  }
};

// Answers as the test says; without an `answer` the request's content comes back.
class FakeService final : public Service {
 public:
  explicit FakeService(runtime::EventLoop& loop) : loop_(loop) {}
  std::function<Result<Response>(Request&)> answer;
  Duration delay{};
  std::vector<std::string> asked;
  int cancelled = 0;

  Task<Result<Response>> call(Request request) override {
    asked.push_back(request.head.method + " " + request.head.path);
    CancelCount guard{cancelled};
    co_await runtime::sleep_for(loop_, delay);
    Result<Response> response;
    if (answer) {
      response = answer(request);
    } else {
      Result<Collected> got = co_await collect(loop_, std::move(request.body), 1 << 20);
      if (got) {
        response->body = make_body(std::string_view(got->bytes));
        if (!got->trailers.empty()) response->head.headers.add("got-trailers", "yes");
      } else {
        response = fail(got.error());
      }
    }
    guard.done = true;
    co_return response;
  }

 private:
  runtime::EventLoop& loop_;
};

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

Result<Response> text(std::string_view body) {
  Response response;
  response.body = make_body(body);
  return response;
}

Result<Response> with_body(BodyPtr body, std::uint16_t status = 200) {
  Response response;
  response.head.status = status;
  response.body = std::move(body);
  return response;
}

class Http1ServerTest : public ::testing::Test {
 protected:
  Http1ServerTest() {
    auto [near, far] = MemoryStream::make_pair();
    server_ = std::move(near);
    client_ = std::move(far);
  }
  ~Http1ServerTest() override { scope_.cancel(); }

  Task<void> serve(Bytes already_read) {
    result_ = co_await serve_http1(t_.loop, *server_, std::move(already_read), service_, drain_,
                                   options_);
    done_ = true;
    server_.reset();
  }
  void start(std::string_view already_read = "") {
    scope_.spawn(serve(Bytes::copy_of(already_read)));
    t_.settle();
  }
  void send(std::string_view bytes) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ASSERT_EQ(client_->try_write({&piece, 1}).bytes, bytes.size());
    t_.settle();
  }
  // What the server has written since the last call.
  std::string received() {
    t_.settle();
    return std::exchange(client_->unread(), std::string());
  }
  // As received(), but through reads, so that a bounded pipe gets room again.
  std::string read_some(std::size_t n) {
    std::string out(n, '\0');
    const auto result = client_->try_read(std::as_writable_bytes(std::span(out)));
    out.resize(result.bytes);
    t_.settle();
    return out;
  }

  TestLoop t_;
  std::deque<BodyFeed> feeds_;  // outlive the bodies they feed
  std::unique_ptr<MemoryStream> server_;
  std::unique_ptr<MemoryStream> client_;
  FakeService service_{t_.loop};
  runtime::Drain drain_;
  Http1ServerOptions options_;
  Result<void> result_;
  bool done_ = false;
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

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

TEST_F(Http1ServerTest, a_body_of_unknown_length_is_chunked_or_ended_by_closing) {
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

TEST_F(Http1ServerTest, trailers_follow_a_chunked_body) {
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

TEST_F(Http1ServerTest, bad_requests_get_a_sentence_and_the_end) {
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
}

TEST_F(Http1ServerTest, a_refused_request_in_a_pipeline_does_not_eat_the_answers_before_it) {
  start();
  send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\nHost: h\n\n");
  const std::string answer = received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 400 "))
      << answer;
}

TEST_F(Http1ServerTest, says_continue_when_the_body_is_first_wanted) {
  start();
  send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 100 Continue\r\n\r\n");
  send("ok");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_FALSE(done_);
}

TEST_F(Http1ServerTest, closes_after_an_answer_that_did_not_want_the_body) {
  service_.answer = [](Request&) { return text("no"); };
  start();
  send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
  t_.advance(2s);
  EXPECT_TRUE(done_);
}

TEST_F(Http1ServerTest, a_small_unread_body_is_skipped_and_a_large_one_ends_the_connection) {
  service_.answer = [](Request&) { return text("early"); };
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
  const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly";
  EXPECT_EQ(received(), answer);
  send(std::string(60000, 'b') + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), answer);
  send("POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 600000\r\n\r\n" + std::string(200'000, 'b'));
  EXPECT_EQ(received(), answer);
  t_.advance(2s);
  EXPECT_TRUE(done_);
  EXPECT_EQ(service_.asked.size(), 3U);
}

TEST_F(Http1ServerTest, a_body_kept_longer_than_the_connection_fails) {
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

TEST_F(Http1ServerTest, a_body_that_the_client_breaks_off_fails) {
  start();
  send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  client_->shutdown_write();
  t_.settle();
  EXPECT_TRUE(done_);
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().code, ErrorCode::kEof);
  EXPECT_EQ(received(), "");
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

TEST_F(Http1ServerTest, an_answer_that_ends_with_its_connection_is_reset_when_its_body_fails) {
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

TEST_F(Http1ServerTest, a_body_that_fails_or_lies_about_its_length_ends_short_of_it) {
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

TEST_F(Http1ServerTest, a_slow_reader_holds_back_the_body) {
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
      "Keep-Alive: 5\r\nUpgrade: h2c\r\nTE: trailers\r\nX: y\r\n\r\n");
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_TRUE(seen.contains("host"));
  EXPECT_EQ(seen.get("te"), "trailers");
  EXPECT_EQ(seen.get("x"), "y");
}

TEST_F(Http1ServerTest, an_upgrade_becomes_a_tunnel_with_half_closes) {
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

TEST_F(Http1ServerTest, a_refused_upgrade_is_an_ordinary_exchange) {
  BodyPtr from_client;
  service_.answer = [&](Request& request) {
    from_client = std::move(request.body);
    return text("no");
  };
  start();
  const std::string request =
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
  send(request);
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno");
  runtime::Waker waker(t_.loop);
  Bytes data;
  EXPECT_EQ(from_client->poll(waker, data), BodyPoll::kEnd);
  send(request);
  EXPECT_EQ(received(), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno");
}

TEST_F(Http1ServerTest, connect_becomes_a_tunnel) {
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

TEST_F(Http1ServerTest, bytes_behind_a_refused_connect_are_no_request) {
  service_.answer = [](Request&) { return with_body(nullptr, 403); };
  start();
  send("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(received(), "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(service_.asked.size(), 1U);
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
