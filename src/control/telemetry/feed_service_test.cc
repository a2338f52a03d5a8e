// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/feed_service.h"

#include "control/telemetry/telemetry_limits.h"
#include "control/testing/feed_fixture.h"
#include "grpc/client.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

namespace wire = seine::telemetry::v1;
using std::chrono::seconds;

class FeedServiceTest : public testing::FeedFixture {
 protected:
  using Stream = grpc::MessageStream<wire::FeedMessage>;

  FeedServiceTest() { serve(); }
  ~FeedServiceTest() override { scope_.cancel(); }
  void serve() {
    service_ =
        make_feed_service({t_.loop, names_, shop_, drain_, metrics_, limiter_}, *window_, *spool_);
    service_->serve(methods_);
  }
  Stream watch(std::string feed = "", std::uint64_t after = 0) {
    wire::WatchFeedRequest request;
    request.set_feed(std::move(feed));
    request.set_after(after);
    return channel_.stream<wire::FeedMessage>("/seine.telemetry.v1.Feed/Watch", request);
  }
  wire::FeedMessage next(Stream& stream) {
    auto message = t_.run(stream.next());
    EXPECT_TRUE(message && *message);
    return message && *message ? **std::move(message) : wire::FeedMessage();
  }
  grpc::StatusCode acknowledge(const std::string& feed, std::uint64_t position) {
    wire::AcknowledgeFeedRequest request;
    request.set_feed(feed);
    request.set_position(position);
    const auto done = t_.run(channel_.unary<wire::AcknowledgeFeedResponse>(
        "/seine.telemetry.v1.Feed/Acknowledge", request));
    return done ? grpc::StatusCode::kOk : grpc::status_code(done.error());
  }
  // A report with many rows; how long it is.
  std::size_t take_large(std::uint64_t sequence) {
    auto request = make({sequence});
    for (int row = 0; row < 20; ++row) {
      auto& more = *request.mutable_buckets(0)->add_http();
      more.set_direction(wire::INBOUND);
      more.set_grpc_status(-1);
      more.set_route("route-" + std::to_string(row));
      more.set_cause(std::string(100, 'c'));
    }
    EXPECT_TRUE(take(request));
    return request.ByteSizeLong();
  }
  static runtime::Task<void> store(Stream& stream, std::optional<wire::FeedMessage>& out) {
    auto message = co_await stream.next();
    if (message && *message) out = **std::move(message);
  }

  runtime::testing::TestLoop t_;
  ControllerMetrics metrics_{registry_};
  const MeshNames names_;
  runtime::Drain drain_;
  RateLimiter limiter_{{.per_second = 1, .burst = 1}};
  std::unique_ptr<RpcService> service_;
  grpc::Methods methods_;
  grpc::Server server_{t_.loop, methods_, ""};
  const grpc::Channel channel_{t_.loop, server_, "feed"};
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(FeedServiceTest, begins_with_the_first_watch_and_tells_what_comes) {
  EXPECT_TRUE(take({1}));
  Stream stream = watch();
  const wire::FeedMessage first = next(stream);
  EXPECT_EQ(first.feed().size(), 16u);
  EXPECT_EQ(first.reports_size(), 0);
  EXPECT_TRUE(first.has_now());
  std::optional<wire::FeedMessage> told;
  scope_.spawn(store(stream, told));
  t_.settle();
  EXPECT_FALSE(told);
  EXPECT_TRUE(take({2, 3}));
  t_.settle();
  ASSERT_TRUE(told);
  ASSERT_EQ(told->reports_size(), 1);
  EXPECT_EQ(told->reports(0).position(), 1u);
  EXPECT_EQ(told->reports(0).buckets_size(), 2);
  EXPECT_EQ(told->reports(0).reporter().pod(), "web-0");
}

TEST_F(FeedServiceTest, says_something_every_few_seconds) {
  Stream stream = watch();
  next(stream);
  std::optional<wire::FeedMessage> told;
  scope_.spawn(store(stream, told));
  t_.advance(kFeedPulse - std::chrono::milliseconds(100));
  EXPECT_FALSE(told);
  t_.advance(std::chrono::milliseconds(200));
  EXPECT_TRUE(told);
}

TEST_F(FeedServiceTest, goes_on_after_the_position_that_a_reader_has) {
  Stream begun = watch();
  const std::string feed = next(begun).feed();
  for (std::uint64_t i = 1; i <= 4; ++i) EXPECT_TRUE(take({i}));
  Stream known = watch(feed, 3);
  EXPECT_EQ(next(known).reports(0).position(), 4u);
  Stream unknown = watch(std::string(16, 'x'), 3);
  EXPECT_EQ(next(unknown).reports(0).position(), 1u) << "positions of another feed mean nothing";
  Stream beyond = watch(feed, 5);
  EXPECT_EQ(next(beyond).reports(0).position(), 1u);
}

TEST_F(FeedServiceTest, forgets_what_is_acknowledged_and_no_more) {
  Stream stream = watch();
  const std::string feed = next(stream).feed();
  for (std::uint64_t i = 1; i <= 40; ++i) EXPECT_TRUE(take({i}));
  EXPECT_EQ(acknowledge(feed, 30), grpc::StatusCode::kOk);
  EXPECT_EQ(acknowledge(feed, 30), grpc::StatusCode::kOk);
  EXPECT_EQ(acknowledge(feed, 3), grpc::StatusCode::kOk);
  Stream again = watch();
  const std::uint64_t first = next(again).reports(0).position();
  EXPECT_GT(first, 1u);
  EXPECT_LE(first, 31u);
  EXPECT_EQ(acknowledge(feed, 41), grpc::StatusCode::kFailedPrecondition);
  EXPECT_EQ(acknowledge(std::string(16, 'x'), 1), grpc::StatusCode::kFailedPrecondition);
}

TEST_F(FeedServiceTest, has_one_reader) {
  Stream first = watch();
  next(first);
  Stream second = watch();
  next(second);
  const auto end = t_.run(first.next());
  ASSERT_FALSE(end);
  EXPECT_EQ(grpc::status_code(end.error()), grpc::StatusCode::kAborted);
  EXPECT_TRUE(take({1}));
  EXPECT_EQ(next(second).reports_size(), 1);
}

TEST_F(FeedServiceTest, ends_with_the_process) {
  Stream stream = watch();
  next(stream);
  drain_.fire();
  const auto end = t_.run(stream.next());
  EXPECT_TRUE(end && !*end);
}

TEST_F(FeedServiceTest, is_complete_only_where_a_message_has_all_there_is) {
  Stream stream = watch();
  next(stream);
  clock_.advance(seconds(60));
  t_.clock.advance(seconds(60));
  Stream silent = watch();
  const wire::FeedMessage nothing = next(silent);
  EXPECT_TRUE(nothing.has_complete_until()) << "who is silent is not waited for";
  std::uint64_t sequence = 0;
  for (std::size_t all = 0; all < 2 * kFeedMessageOctets;) all += take_large(++sequence);
  Stream late = watch(nothing.feed(), 0);
  std::uint64_t last = 0;
  int messages = 0;
  while (last < sequence) {
    const wire::FeedMessage message = next(late);
    ASSERT_GT(message.reports_size(), 0);
    last = message.reports(message.reports_size() - 1).position();
    EXPECT_EQ(message.has_complete_until(), last == sequence);
    ++messages;
  }
  EXPECT_GT(messages, 1);
}

TEST_F(FeedServiceTest, holds_no_memory_for_a_reader_that_reads_nothing) {
  Stream stream = watch();
  next(stream);
  std::size_t all = 0;
  for (std::uint64_t sequence = 1; sequence <= 200; ++sequence) {
    all += take_large(sequence);
    t_.settle();
  }
  EXPECT_GT(all, 400'000u);
  // What is on disk goes: what the stream still tells was in memory.
  for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/live/feed")) {
    std::filesystem::resize_file(entry.path(), 0);
  }
  std::size_t held = 0;
  for (;;) {
    const wire::FeedMessage message = next(stream);
    if (message.reports_size() == 0) break;
    held += message.ByteSizeLong();
  }
  EXPECT_GT(held, 0u);
  EXPECT_LT(held, 100'000u) << "the stream's queue, and one message that waits";
}

}  // namespace
}  // namespace seine::control
