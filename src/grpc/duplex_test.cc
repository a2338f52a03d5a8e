// SPDX-License-Identifier: Apache-2.0
// Calls with messages both ways.
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

namespace seine::grpc {
namespace {

using io::linkerd::proxy::identity::CertifyRequest;
using io::linkerd::proxy::identity::CertifyResponse;
using runtime::Task;

constexpr const char* kEcho = "/test.Duplex/Echo";
constexpr const char* kDeaf = "/test.Duplex/Deaf";
constexpr const char* kRefuse = "/test.Duplex/Refuse";

class Handlers {
 public:
  explicit Handlers(runtime::EventLoop& on) : loop(on) {}

  // Says each message again, and at the end that it has ended.
  Task<Status> echo(const Context& context, Reader<CertifyRequest>& in,
                    Writer<CertifyResponse>& out) {
    ++running;
    const struct Count {
      int& n;
      ~Count() { --n; }
    } count{running};
    for (;;) {
      auto message = co_await in.next();
      if (!message) {
        end = message.error();
        co_return to_status(message.error());
      }
      CertifyResponse answer;
      if (!*message) {
        answer.set_leaf_certificate("the end of " + context.peer_identity);
        co_await out.write(answer);
        co_return Status{};
      }
      answer.set_leaf_certificate((*message)->identity());
      co_await out.write(answer);
    }
  }
  // Reads nothing.
  Task<Status> deaf(const Context&, Reader<CertifyRequest>&, Writer<CertifyResponse>&) {
    runtime::Waker never(loop);
    co_await never.wait();
    co_return Status{};
  }
  Task<Status> refuse(const Context&, Reader<CertifyRequest>&, Writer<CertifyResponse>&) {
    co_return Status{StatusCode::kUnauthenticated, "who are you"};
  }

  runtime::EventLoop& loop;
  int running = 0;
  std::optional<Error> end;
};

class GrpcDuplex : public ::testing::Test {
 protected:
  using Duplex = MessageDuplex<CertifyRequest, CertifyResponse>;

  GrpcDuplex() {
    methods.duplex(kEcho, handlers, &Handlers::echo, 200'000);
    methods.duplex(kDeaf, handlers, &Handlers::deaf);
    methods.duplex(kRefuse, handlers, &Handlers::refuse);
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    server_end = std::move(far);
    client = std::make_unique<http::Http2Client>(t.loop, std::move(near), http::Http2Options());
    scope.spawn(serve(*this));
    t.settle();
  }
  ~GrpcDuplex() override {
    client.reset();
    scope.cancel();
  }
  static Task<void> serve(GrpcDuplex& self) {
    (void)co_await http::serve_http2(self.t.loop, *self.server_end, {}, self.server, self.drain,
                                     {});
  }
  static CertifyRequest say(std::string text) {
    CertifyRequest request;
    request.set_identity(std::move(text));
    return request;
  }
  Duplex call(const char* path) {
    return Channel(t.loop, *client, "x:80").duplex<CertifyRequest, CertifyResponse>(path);
  }
  std::string next(Duplex& duplex) {
    const auto message = t.run(duplex.next());
    if (!message) return std::string(status_name(status_code(message.error())));
    return *message ? (*message)->leaf_certificate() : "over";
  }

  runtime::testing::TestLoop t;
  Handlers handlers{t.loop};
  Methods methods;
  Server server{t.loop, methods, "web.default", 100'000};
  runtime::Drain drain;
  std::unique_ptr<runtime::testing::MemoryStream> server_end;
  std::unique_ptr<http::Http2Client> client;
  runtime::TaskScope scope{t.loop, [](Error) {}};
};

TEST_F(GrpcDuplex, carries_messages_both_ways_until_both_have_ended) {
  Duplex duplex = call(kEcho);
  for (const char* text : {"a", "b", "c"}) {
    EXPECT_TRUE(t.run(duplex.send(say(text))));
    EXPECT_EQ(next(duplex), text);
  }
  duplex.finish();
  EXPECT_EQ(next(duplex), "the end of web.default");
  EXPECT_EQ(next(duplex), "over");
  EXPECT_EQ(next(duplex), "over");
  EXPECT_FALSE(t.run(duplex.send(say("too late"))));
  EXPECT_EQ(client->active_streams(), 0u);
}

TEST_F(GrpcDuplex, answers_before_anything_was_sent) {
  Duplex duplex = call(kRefuse);
  EXPECT_EQ(next(duplex), "UNAUTHENTICATED");
  t.settle();
  EXPECT_FALSE(t.run(duplex.send(say("x")))) << "nobody takes it";
}

TEST_F(GrpcDuplex, makes_a_sender_wait_for_a_reader_that_does_not_read) {
  Duplex duplex = call(kDeaf);
  struct Run {
    static Task<void> send(Duplex& on, int& sent) {
      while (co_await on.send(say(std::string(10'000, 'x')))) ++sent;
    }
    static Task<void> receive(Duplex& on) { (void)co_await on.next(); }
  };
  int sent = 0;
  {
    runtime::TaskScope calls(t.loop, [](Error) {});
    calls.spawn(Run::receive(duplex));
    calls.spawn(Run::send(duplex, sent));
    t.settle();
    EXPECT_GT(sent, 6);
    EXPECT_LT(sent, 30) << "two windows and a queue, not more";
    const int before = sent;
    t.settle();
    EXPECT_EQ(sent, before);
  }
}

TEST_F(GrpcDuplex, ends_its_handler_when_the_caller_goes) {
  {
    Duplex duplex = call(kEcho);
    EXPECT_TRUE(t.run(duplex.send(say("a"))));
    EXPECT_EQ(next(duplex), "a");
    EXPECT_EQ(handlers.running, 1);
  }
  t.settle();
  EXPECT_EQ(handlers.running, 0);
  EXPECT_EQ(client->active_streams(), 0u);
}

TEST_F(GrpcDuplex, ends_when_the_connection_is_lost) {
  Duplex duplex = call(kEcho);
  EXPECT_TRUE(t.run(duplex.send(say("a"))));
  EXPECT_EQ(next(duplex), "a");
  server_end->abort();
  t.settle();
  EXPECT_EQ(next(duplex), "UNAVAILABLE");
  EXPECT_FALSE(t.run(duplex.send(say("b"))));
}

TEST_F(GrpcDuplex, refuses_a_message_over_the_limit_of_its_method) {
  Duplex duplex = call(kEcho);
  EXPECT_TRUE(t.run(duplex.send(say(std::string(150'000, 'x')))));
  EXPECT_EQ(next(duplex).size(), 150'000u);
  EXPECT_TRUE(t.run(duplex.send(say(std::string(250'000, 'x')))));
  EXPECT_EQ(next(duplex), "RESOURCE_EXHAUSTED");
}

TEST_F(GrpcDuplex, may_be_replaced_by_another_call) {
  Duplex duplex = call(kEcho);
  EXPECT_TRUE(t.run(duplex.send(say("a"))));
  EXPECT_EQ(next(duplex), "a");
  duplex = call(kEcho);
  t.settle();
  EXPECT_EQ(handlers.running, 0) << "the call that was replaced is over";
  EXPECT_TRUE(t.run(duplex.send(say("b"))));
  EXPECT_EQ(next(duplex), "b");
}

}  // namespace
}  // namespace seine::grpc
