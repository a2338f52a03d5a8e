// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "grpc/client.h"
#include "grpc/server.h"
#include "http/http2_client.h"
#include "http/http2_server.h"
#include "http/testing/http2_pair.h"
#include "io/linkerd/proxy/identity.pb.h"
#include "runtime/combine.h"

namespace seine::grpc {
namespace {

using http::testing::Http2Pair;
using io::linkerd::proxy::identity::CertifyRequest;
using io::linkerd::proxy::identity::CertifyResponse;
using runtime::Task;

constexpr const char* kCertify = "/io.linkerd.proxy.identity.Identity/Certify";
constexpr const char* kRoomy = "/test.Counter/Roomy";
constexpr const char* kCount = "/test.Counter/Count";
constexpr const char* kEndless = "/test.Counter/Endless";
constexpr const char* kFlush = "/test.Counter/Flush";

// The handlers under test. `identity` of a request says what to do.
class Handlers {
 public:
  explicit Handlers(runtime::EventLoop& on) : loop(on) {}

  Task<Status> certify(const Context& context, const CertifyRequest& request,
                       CertifyResponse& response) {
    if (request.identity() == "refuse") {
      co_return Status{StatusCode::kFailedPrecondition, "not \n today"};
    }
    if (request.identity() == "slow") co_await runtime::sleep_for(loop, std::chrono::seconds(5));
    response.set_leaf_certificate(context.peer_identity + "/" + request.identity() + "/" +
                                  std::string(context.metadata.get("x-meta").value_or("")));
    co_return Status{};
  }
  // As many messages as the token has bytes, then OK.
  Task<Status> count(const Context&, const CertifyRequest& request,
                     Writer<CertifyResponse>& writer) {
    for (const char c : request.token()) {
      CertifyResponse message;
      message.set_leaf_certificate(std::string(1, c));
      co_await writer.write(message);
    }
    if (request.identity() == "fail") co_return Status{StatusCode::kAborted, "after all"};
    co_return Status{};
  }
  Task<Status> endless(const Context&, const CertifyRequest&, Writer<CertifyResponse>& writer) {
    const Alive alive(running);
    CertifyResponse message;
    message.set_leaf_certificate(std::string(1000, 'x'));
    for (;;) {
      co_await writer.write(message);
      ++written;
    }
  }

  // A small message and one beyond the caller's window.
  Task<Status> flush(const Context&, const CertifyRequest&, Writer<CertifyResponse>& writer) {
    co_await writer.flushed();
    ++flushed;
    CertifyResponse message;
    message.set_leaf_certificate("small");
    co_await writer.write(message);
    co_await writer.flushed();
    ++flushed;
    message.set_leaf_certificate(std::string(300'000, 'x'));
    co_await writer.write(message);
    co_await writer.flushed();
    ++flushed;
    co_return Status{};
  }

  struct Alive {
    explicit Alive(int& counter) : n(counter) { ++n; }
    ~Alive() { --n; }
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;
    int& n;
  };
  runtime::EventLoop& loop;
  int running = 0;
  int written = 0;
  int flushed = 0;
};

// A client and a served connection joined in memory.
class GrpcCall : public ::testing::Test {
 protected:
  GrpcCall() {
    methods.unary(kCertify, handlers, &Handlers::certify);
    methods.unary(kRoomy, handlers, &Handlers::certify, kDefaultMaxMessage + 100);
    methods.stream(kCount, handlers, &Handlers::count);
    methods.stream(kEndless, handlers, &Handlers::endless);
    methods.stream(kFlush, handlers, &Handlers::flush);
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    server_end = std::move(far);
    client = std::make_unique<http::Http2Client>(t.loop, std::move(near), http::Http2Options());
    scope.spawn(serve(*this));
    t.settle();
  }
  ~GrpcCall() override {
    client.reset();
    scope.cancel();
  }
  static Task<void> serve(GrpcCall& self) {
    (void)co_await http::serve_http2(self.t.loop, *self.server_end, {}, self.server, self.drain,
                                     {});
  }
  static CertifyRequest ask(std::string identity, std::string token = "") {
    CertifyRequest request;
    request.set_identity(std::move(identity));
    request.set_token(std::move(token));
    return request;
  }
  Channel channel() { return Channel(t.loop, *client, "identity:8080"); }
  Result<CertifyResponse> certify(const CertifyRequest& request, CallOptions options = {}) {
    return t.run(channel().unary<CertifyResponse>(kCertify, request, std::move(options)));
  }

  runtime::testing::TestLoop t;
  Handlers handlers{t.loop};
  Methods methods;
  Server server{t.loop, methods, "web.default"};
  runtime::Drain drain;
  std::unique_ptr<runtime::testing::MemoryStream> server_end;
  std::unique_ptr<http::Http2Client> client;
  runtime::TaskScope scope{t.loop, [](Error) {}};
};

TEST_F(GrpcCall, a_unary_call_is_answered) {
  CallOptions options;
  options.metadata.add("x-meta", "m");
  const auto response = certify(ask("me"), std::move(options));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->leaf_certificate(), "web.default/me/m");
  EXPECT_EQ(client->active_streams(), 0U);
}

TEST_F(GrpcCall, a_unary_call_that_fails_says_its_status) {
  const auto response = certify(ask("refuse"));
  ASSERT_FALSE(response);
  EXPECT_EQ(status_code(response.error()), StatusCode::kFailedPrecondition);
  EXPECT_EQ(response.error().message, "not \n today");
}

TEST_F(GrpcCall, messages_are_flushed_once_the_connection_has_sent_them) {
  MessageStream<CertifyResponse> stream = channel().stream<CertifyResponse>(kFlush, ask(""));
  EXPECT_EQ(t.run(stream.next()).value()->leaf_certificate(), "small");
  t.settle();
  EXPECT_EQ(handlers.flushed, 2) << "the caller's window has no room for the third message";
  EXPECT_EQ(t.run(stream.next()).value()->leaf_certificate().size(), 300'000u);
  t.settle();
  EXPECT_EQ(handlers.flushed, 3);
  EXPECT_FALSE(*t.run(stream.next()));
}

TEST_F(GrpcCall, an_unknown_method_is_unimplemented) {
  const auto response = t.run(channel().unary<CertifyResponse>("/test.Counter/No", ask("")));
  ASSERT_FALSE(response);
  EXPECT_EQ(status_code(response.error()), StatusCode::kUnimplemented);
}

TEST_F(GrpcCall, what_is_not_grpc_is_refused_with_415) {
  http::Request request = Http2Pair::request("POST", kCertify, http::make_body("x"));
  request.head.headers.add("content-type", "application/json");
  const auto response = t.run(client->send(std::move(request)));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 415);
  http::Request get = Http2Pair::request("GET", kCertify);
  get.head.headers.add("content-type", "application/grpc");
  EXPECT_EQ(t.run(client->send(std::move(get)))->head.status, 405);
}

TEST_F(GrpcCall, a_request_that_is_not_one_message_is_refused) {
  for (const std::string& body :
       {std::string(), std::string("\0\0\0\0", 4), std::string("\0\0\0\0\0\0\0\0\0\0", 10),
        std::string("\0\0\0\0\1\xff", 6), std::string("\1\0\0\0\0", 5)}) {
    http::Request request = Http2Pair::request("POST", kCertify, http::make_body(body));
    request.head.headers.add("content-type", "application/grpc");
    const auto response = t.run(client->send(std::move(request)));
    ASSERT_TRUE(response);
    const auto status = parse_status(response->head.headers);
    ASSERT_TRUE(status);
    EXPECT_FALSE(status->ok()) << ::testing::PrintToString(body);
  }
}

TEST_F(GrpcCall, a_message_over_the_limit_is_refused_by_either_side) {
  const auto sent = certify(ask("me", std::string(kDefaultMaxMessage, 'x')));
  ASSERT_FALSE(sent);
  EXPECT_EQ(status_code(sent.error()), StatusCode::kResourceExhausted);
  CallOptions options;
  options.max_message = 10;
  const auto received = certify(ask("me"), std::move(options));
  ASSERT_FALSE(received);
  EXPECT_EQ(status_code(received.error()), StatusCode::kResourceExhausted);
}

TEST_F(GrpcCall, a_method_may_take_more_than_its_server) {
  for (const auto& [size, code] : {std::pair(kDefaultMaxMessage, StatusCode::kOk),
                                   {kDefaultMaxMessage + 100, StatusCode::kResourceExhausted}}) {
    const auto sent =
        t.run(channel().unary<CertifyResponse>(kRoomy, ask("me", std::string(size, 'x'))));
    EXPECT_EQ(sent ? StatusCode::kOk : status_code(sent.error()), code) << size;
  }
}

TEST_F(GrpcCall, a_stream_gives_its_messages_and_ends) {
  auto stream = channel().stream<CertifyResponse>(kCount, ask("", "abc"));
  for (const char* expected : {"a", "b", "c"}) {
    const auto message = t.run(stream.next());
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->leaf_certificate(), expected);
  }
  for (int again = 0; again < 2; ++again) {
    const auto end = t.run(stream.next());
    ASSERT_TRUE(end) << end.error().to_string();
    EXPECT_FALSE(*end);
  }
}

TEST_F(GrpcCall, a_stream_may_fail_before_or_after_its_messages) {
  auto empty = channel().stream<CertifyResponse>(kCount, ask("fail"));
  const auto at_once = t.run(empty.next());
  ASSERT_FALSE(at_once);
  EXPECT_EQ(status_code(at_once.error()), StatusCode::kAborted);
  auto stream = channel().stream<CertifyResponse>(kCount, ask("fail", "a"));
  ASSERT_TRUE(t.run(stream.next()));
  const auto end = t.run(stream.next());
  ASSERT_FALSE(end);
  EXPECT_EQ(status_code(end.error()), StatusCode::kAborted);
  EXPECT_EQ(end.error().message, "after all");
}

TEST_F(GrpcCall, a_slow_reader_slows_the_handler_down) {
  auto stream = channel().stream<CertifyResponse>(kEndless, ask(""));
  ASSERT_TRUE(t.run(stream.next()));
  t.settle();
  EXPECT_EQ(handlers.running, 1);
  const int queued = handlers.written;
  EXPECT_LT(queued, 400) << "two windows and a queue, not more";
  t.settle();
  EXPECT_EQ(handlers.written, queued);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(t.run(stream.next()));
  EXPECT_GT(handlers.written, queued);
}

TEST_F(GrpcCall, dropping_a_stream_destroys_its_handler) {
  {
    auto stream = channel().stream<CertifyResponse>(kEndless, ask(""));
    ASSERT_TRUE(t.run(stream.next()));
    EXPECT_EQ(handlers.running, 1);
  }
  t.settle();
  EXPECT_EQ(handlers.running, 0);
  EXPECT_EQ(client->active_streams(), 0U);
  EXPECT_TRUE(certify(ask("still here")));
}

TEST_F(GrpcCall, a_deadline_ends_the_call_on_both_sides) {
  CallOptions options;
  options.deadline = std::chrono::seconds(1);
  std::optional<Result<CertifyResponse>> result;
  runtime::TaskScope calls(t.loop, [](Error) {});
  struct Run {
    static Task<void> go(Channel on, CertifyRequest request, CallOptions with,
                         std::optional<Result<CertifyResponse>>& out) {
      out = co_await on.unary<CertifyResponse>(kCertify, request, std::move(with));
    }
  };
  calls.spawn(Run::go(channel(), ask("slow"), std::move(options), result));
  t.advance(std::chrono::milliseconds(900));
  EXPECT_FALSE(result.has_value());
  t.advance(std::chrono::milliseconds(200));
  ASSERT_TRUE(result.has_value());
  ASSERT_FALSE(*result);
  EXPECT_EQ(status_code(result->error()), StatusCode::kDeadlineExceeded);
}

TEST_F(GrpcCall, the_server_honours_the_callers_timeout_by_itself) {
  http::Request request = Http2Pair::request("POST", kEndless);
  std::string frame;
  append_frame("", frame);
  request.body = http::make_body(frame);
  request.head.headers.add("content-type", "application/grpc");
  request.head.headers.add("grpc-timeout", "50m");
  auto response = t.run(client->send(std::move(request)));
  ASSERT_TRUE(response);
  t.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(handlers.running, 0);
  const auto content = t.run(http::collect(t.loop, std::move(response->body), 10'000'000));
  ASSERT_TRUE(content);
  EXPECT_EQ(parse_status(content->trailers)->code, StatusCode::kDeadlineExceeded);
}

TEST_F(GrpcCall, a_quiet_stream_lives_for_days) {
  auto stream = channel().stream<CertifyResponse>(kEndless, ask(""));
  ASSERT_TRUE(t.run(stream.next()));
  t.advance(std::chrono::hours(72), std::chrono::minutes(10));
  EXPECT_EQ(handlers.running, 1);
  EXPECT_TRUE(t.run(stream.next()));
}

TEST_F(GrpcCall, a_lost_connection_is_unavailable) {
  auto stream = channel().stream<CertifyResponse>(kEndless, ask(""));
  ASSERT_TRUE(t.run(stream.next()));
  server_end->abort();
  t.settle();
  Result<std::optional<CertifyResponse>> last = std::nullopt;
  do last = t.run(stream.next());
  while (last && *last);
  ASSERT_FALSE(last);
  EXPECT_EQ(status_code(last.error()), StatusCode::kUnavailable);
  EXPECT_EQ(status_code(certify(ask("me")).error()), StatusCode::kUnavailable);
}

// Answers with whatever head and body a test gives it, as a foreign server might.
class Foreign final : public http::Service {
 public:
  Task<Result<http::Response>> call(http::Request) override {
    http::Response response;
    response.head = head;
    response.body = std::move(body);
    co_return response;
  }
  http::ResponseHead head;
  http::BodyPtr body;
};

TEST_F(GrpcCall, answers_of_strangers_become_a_status) {
  Foreign foreign;
  const Channel strange(t.loop, foreign, "x");
  const auto code = [&] {
    return status_code(t.run(strange.unary<CertifyResponse>(kCertify, ask(""))).error());
  };
  foreign.head.status = 503;
  EXPECT_EQ(code(), StatusCode::kUnavailable);
  foreign.head.status = 200;
  foreign.head.headers.add("content-type", "text/html");
  EXPECT_EQ(code(), StatusCode::kUnknown);
  foreign.head.headers.set("content-type", "application/grpc");
  foreign.body = http::make_body(std::string(5, '\0'));
  EXPECT_EQ(code(), StatusCode::kUnknown) << "no trailers";
  http::Headers ok;
  ok.add("grpc-status", "0");
  foreign.body = http::make_body(std::string("\0\0", 2), ok);
  EXPECT_EQ(code(), StatusCode::kInternal) << "half a message";
  foreign.body = http::make_body("", ok);
  EXPECT_EQ(code(), StatusCode::kInternal) << "no message";
}

}  // namespace
}  // namespace seine::grpc
