// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap_server.h"

#include "gtest/gtest.h"

#include "crypto/testing/tls_pair.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "io/linkerd/proxy/tap.pb.h"
#include "proxy/tap/tap_exchange.h"

namespace seine::proxy {
namespace {

namespace wire = io::linkerd::proxy::tap;
using crypto::testing::kClientName;
using crypto::testing::kServerName;
using grpc::StatusCode;

constexpr char kObserve[] = "/io.linkerd.proxy.tap.Tap/Observe";
using Events = grpc::MessageStream<wire::TapEvent>;

wire::ObserveRequest all(std::uint32_t limit) {
  wire::ObserveRequest request;
  request.set_limit(limit);
  return request;
}

class TapServerTest : public ::testing::Test {
 protected:
  TapServerTest() {
    config_.control_listen = SocketAddr::parse("127.0.0.1:0").value();
    config_.tap_identity = kClientName;
    config_.cores = 1;
    tls_.replace(pair_.server_context);
    server_ = std::make_unique<TapServer>(
        TapServerContext{loop(), log_, config_, registry_, tls_, box_},
        TapWorkers{.add = [this](const auto& tap) { taps_.add(tap); },
                   .remove = [this](const auto& tap) { taps_.remove(*tap); }});
    EXPECT_TRUE(server_->bind());
    server_->start();
  }
  ~TapServerTest() override {
    client_.reset();
    server_.reset();
  }

  runtime::EventLoop& loop() { return pair_.t.loop; }
  // Null: without a certificate.
  Result<void> connect(std::shared_ptr<const crypto::TlsContext> context) {
    auto socket = pair_.t.run(runtime::connect_tcp(loop(), server_->addr(), {}));
    if (!socket) return fail(socket.error());
    if (context == nullptr) {
      context = crypto::TlsContext::create_anonymous(pair_.authority.anchors()).value();
    }
    auto stream = crypto::TlsStream::client(loop(), std::move(*socket), std::move(context),
                                            pair_.client_options);
    if (auto info = pair_.t.run(stream->handshake()); !info) return fail(info.error());
    client_ = std::make_unique<http::Http2Client>(loop(), std::move(stream), http::Http2Options{});
    channel_.emplace(loop(), *client_, "tap", "https");
    return {};
  }
  Events observe(const wire::ObserveRequest& request) {
    return channel_->stream<wire::TapEvent>(kObserve, request);
  }
  StatusCode refusal(const wire::ObserveRequest& request) {
    Events events = observe(request);
    const auto next = pair_.t.run(events.next());
    return next ? StatusCode::kOk : grpc::status_code(next.error());
  }
  double counted(const std::string& series) {
    const std::string page = registry_.scrape();
    const auto at = page.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(page.substr(at + series.size() + 2));
  }
  TapExchange open(std::string path = "/") {
    http::RequestHead head;
    head.path = std::move(path);
    return taps_.open({}, head);
  }
  void request(std::string path = "/") {
    TapExchange exchange = open(std::move(path));
    exchange.begin();
    (void)exchange.observe({});
  }
  struct Reader {
    Reader(runtime::EventLoop& loop, Events stream)
        : events(std::move(stream)), scope(loop, [](Error) {}) {
      scope.spawn(run(*this));
    }
    static runtime::Task<void> run(Reader& self) {
      for (;;) {
        auto event = co_await self.events.next();
        if (!event) self.error = event.error();
        self.ended = !event || !*event;
        if (self.ended) co_return;
        self.paths += (*event)->http().request_init().path() + ";";
      }
    }
    Events events;
    std::string paths;
    bool ended = false;
    std::optional<Error> error;
    runtime::TaskScope scope;
  };

  crypto::testing::TlsPair pair_;
  Log log_{pair_.t.clock, -1, LogLevel::kOff, LogFormat::kPlain};
  metrics::Registry registry_{pair_.t.clock, 2};
  Config config_{};
  TlsState tls_;
  TapBox box_{pair_.t.loop, kTapBoxCapacity};
  TapSet taps_{pair_.t.loop, 0, 1};
  std::unique_ptr<TapServer> server_;
  std::unique_ptr<http::Http2Client> client_;
  std::optional<grpc::Channel> channel_;
};

TEST_F(TapServerTest, the_watcher_sees_what_passes_until_it_has_seen_all_it_asked_for) {
  ASSERT_TRUE(connect(pair_.client_context));
  Reader reader(loop(), observe(all(2)));
  pair_.t.settle();
  ASSERT_TRUE(taps_.any());
  request("/a");
  request("/b");
  request("/c");
  pair_.t.settle();
  EXPECT_EQ(reader.paths, "/a;;;/b;;;");
  EXPECT_TRUE(reader.ended);
  EXPECT_FALSE(reader.error);
  EXPECT_FALSE(taps_.any());
  EXPECT_EQ(counted("seine_tap_events_total"), 6);
  EXPECT_EQ(counted("seine_tap_streams"), 0);
}

TEST_F(TapServerTest, a_caller_of_another_name_or_of_none_is_refused) {
  ASSERT_TRUE(connect(pair_.context_for(kServerName)));
  EXPECT_EQ(refusal(all(1)), StatusCode::kUnauthenticated);
  ASSERT_TRUE(connect(nullptr));
  EXPECT_EQ(refusal(all(1)), StatusCode::kUnauthenticated);
  EXPECT_FALSE(taps_.any());
}

TEST_F(TapServerTest, a_caller_without_tls_gets_nothing) {
  auto socket = pair_.t.run(runtime::connect_tcp(loop(), server_->addr(), {})).value();
  http::Http2Client plain(loop(), std::move(socket), {});
  grpc::Channel channel(loop(), plain, "tap");
  Events events = channel.stream<wire::TapEvent>(kObserve, all(1));
  EXPECT_FALSE(pair_.t.run(events.next()));
  EXPECT_EQ(counted("seine_tap_connections_total{outcome=\"tls handshake\"}"), 1);
}

TEST_F(TapServerTest, a_wish_that_cannot_be_is_refused) {
  ASSERT_TRUE(connect(pair_.client_context));
  EXPECT_EQ(refusal(all(0)), StatusCode::kInvalidArgument);
  wire::ObserveRequest empty = all(1);
  empty.mutable_match();
  EXPECT_EQ(refusal(empty), StatusCode::kInvalidArgument);
}

TEST_F(TapServerTest, taps_beyond_the_limit_are_refused_and_those_that_end_make_room) {
  ASSERT_TRUE(connect(pair_.client_context));
  std::vector<std::unique_ptr<Reader>> readers;
  for (std::size_t i = 1; i < kMaxTaps; ++i) {
    readers.push_back(std::make_unique<Reader>(loop(), observe(all(1))));
  }
  pair_.t.settle();
  // HTTP/2 itself bounds the streams of one connection: the last one comes over another.
  auto first = std::move(client_);
  auto channel = std::move(channel_);
  ASSERT_TRUE(connect(pair_.client_context));
  Reader last(loop(), observe(all(1)));
  pair_.t.settle();
  EXPECT_EQ(refusal(all(1)), StatusCode::kResourceExhausted);
  readers.clear();
  pair_.t.settle();
  Reader again(loop(), observe(all(1)));
  pair_.t.settle();
  EXPECT_FALSE(again.ended);
  first.reset();
}

TEST_F(TapServerTest, a_watcher_that_does_not_read_costs_events_and_no_request) {
  ASSERT_TRUE(connect(pair_.client_context));
  {
    Reader stalled(loop(), observe(all(100'000)));
    pair_.t.settle();
    stalled.scope.cancel();  // the call stands, and nobody reads it
    for (int i = 0; i < 5'000; ++i) {
      request("/" + std::string(1'000, 'x'));
      if (i % 100 == 0) pair_.t.settle();
    }
    pair_.t.settle();
    Reader other(loop(), observe(all(1)));
    pair_.t.settle();
    request("/seen");
    pair_.t.settle();
    EXPECT_EQ(other.paths, "/seen;;;");
  }
  pair_.t.settle();
  EXPECT_GT(counted("seine_tap_dropped_events_total"), 1'000);
  EXPECT_FALSE(taps_.any());
}

TEST_F(TapServerTest, a_watcher_that_goes_away_is_forgotten) {
  ASSERT_TRUE(connect(pair_.client_context));
  {
    Reader reader(loop(), observe(all(10)));
    pair_.t.settle();
    EXPECT_TRUE(taps_.any());
  }
  pair_.t.settle();
  EXPECT_FALSE(taps_.any());
}

TEST_F(TapServerTest, streams_end_when_the_process_drains) {
  ASSERT_TRUE(connect(pair_.client_context));
  Reader reader(loop(), observe(all(10)));
  pair_.t.settle();
  request("/last");
  runtime::TaskScope scope(loop(), [](Error) {});
  scope.spawn(server_->finish());
  pair_.t.settle();
  EXPECT_EQ(reader.paths, "/last;;;");
  ASSERT_TRUE(reader.error);
  EXPECT_EQ(grpc::status_code(*reader.error), StatusCode::kUnavailable);
  EXPECT_FALSE(taps_.any());
}

}  // namespace
}  // namespace seine::proxy
