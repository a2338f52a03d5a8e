// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/controller_source.h"

#include <utility>

#include "dive/agent/agent_limits.h"
#include "dive/agent/wire_time.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::dive {

namespace feed = seine::telemetry::v1;

namespace {

// A message of the feed holds a report of 4 MiB at most beside others.
constexpr std::size_t kMaxFeedMessage = 8 << 20;
// All pods and services there may be.
constexpr std::size_t kMaxWorkloadsMessage = 16 << 20;

}  // namespace

SocketChannel::Connection::Connection(runtime::EventLoop& loop,
                                      std::unique_ptr<runtime::Stream> stream)
    : client(loop, std::move(stream), http::Http2Options{}), channel(loop, client, "feed") {}

runtime::Task<Result<std::shared_ptr<SocketChannel::Connection>>> SocketChannel::connect() {
  if (connection_ != nullptr && connection_->client.usable()) co_return connection_;
  connection_ = nullptr;
  auto socket = co_await runtime::connect_unix(loop_, path_);
  if (!socket) {
    Error error = std::move(socket.error()).about(path_);
    error.code = ErrorCode::kUnavailable;
    co_return fail(std::move(error));
  }
  connection_ = std::make_shared<Connection>(loop_, *std::move(socket));
  co_return connection_;
}

runtime::Task<Result<void>> ControllerMetricsSource::watch(const FeedPosition& after) {
  stream_.reset();
  is_heard_ = false;
  reports_.clear();
  complete_until_.reset();
  told_until_.reset();
  auto connection = co_await channel_.connect();
  if (!connection) co_return fail(std::move(connection.error()));
  connection_ = *std::move(connection);
  feed::WatchFeedRequest request;
  request.set_feed(after.feed);
  request.set_after(after.position);
  position_ = after;
  stream_.emplace(connection_->channel.stream<feed::FeedMessage>(
      "/seine.telemetry.v1.Feed/Watch", request, {.max_message = kMaxFeedMessage}));
  co_return Result<void>();
}

runtime::Task<Result<void>> ControllerMetricsSource::receive() {
  auto message = co_await runtime::with_deadline(loop_, kSourceSilence, ErrorCode::kTimeout,
                                                 "no word of the feed", stream_->next());
  if (!message) co_return fail(std::move(message.error()));
  if (!*message) co_return fail(ErrorCode::kUnavailable, "the feed has ended");
  is_heard_ = true;
  feed::FeedMessage& told = **message;
  if (told.feed() != position_.feed) position_ = {.feed = told.feed(), .position = 0};
  for (feed::FeedReport& report : *told.mutable_reports()) reports_.push_back(std::move(report));
  complete_until_.reset();
  if (told.has_complete_until()) complete_until_ = decode_time(told.complete_until());
  co_return Result<void>();
}

runtime::Task<Result<CountedBatch>> ControllerMetricsSource::next(FeedPosition after) {
  if (!stream_ || after != position_) {
    auto begun = co_await watch(after);
    if (!begun) co_return fail(std::move(begun.error()));
  }
  for (;;) {
    const bool is_news = complete_until_ && (!told_until_ || *complete_until_ > *told_until_);
    if (!reports_.empty() || is_news) co_return take_batch();
    auto received = co_await receive();
    if (!received) {
      stream_.reset();
      is_heard_ = false;
      co_return fail(std::move(received.error()));
    }
  }
}

CountedBatch ControllerMetricsSource::take_batch() {
  CountedBatch batch{.position = position_};
  std::size_t octets = 0;
  while (!reports_.empty()) {
    feed::FeedReport& report = reports_.front();
    const auto buckets = static_cast<std::size_t>(report.buckets_size());
    // A report is told whole, or what is told of it again would have another number.
    const bool fits = batch.buckets.size() + buckets <= kMaxSentBuckets &&
                      octets + report.ByteSizeLong() <= kMessageOctets;
    if (octets > 0 && !fits) return batch;
    octets += report.ByteSizeLong();
    for (auto& bucket : *report.mutable_buckets()) {
      ::dive::v1::CountedBucket& counted = batch.buckets.emplace_back();
      *counted.mutable_reporter() = report.reporter();
      *counted.mutable_bucket() = std::move(bucket);
      *counted.mutable_received_at() = report.received_at();
    }
    batch.position.position = report.position();
    position_ = batch.position;
    reports_.pop_front();
  }
  batch.complete_until = complete_until_;
  told_until_ = complete_until_;
  complete_until_.reset();
  return batch;
}

runtime::Task<Result<void>> ControllerMetricsSource::acknowledge(FeedPosition up_to) {
  auto connection = co_await channel_.connect();
  if (!connection) co_return fail(std::move(connection.error()));
  const std::shared_ptr<SocketChannel::Connection> held = *std::move(connection);
  feed::AcknowledgeFeedRequest request;
  request.set_feed(up_to.feed);
  request.set_position(up_to.position);
  const auto done = co_await runtime::with_deadline(
      loop_, kSourceSilence, ErrorCode::kTimeout, "no answer of the feed",
      held->channel.unary<feed::AcknowledgeFeedResponse>("/seine.telemetry.v1.Feed/Acknowledge",
                                                         request));
  if (!done) co_return fail(done.error());
  co_return Result<void>();
}

runtime::Task<Result<ClusterState>> ControllerWorkloadSource::next() {
  if (!stream_) {
    auto connection = co_await channel_.connect();
    if (!connection) co_return fail(std::move(connection.error()));
    connection_ = *std::move(connection);
    stream_.emplace(connection_->channel.stream<seine::registry::v1::RunningWorkloads>(
        "/seine.registry.v1.Workloads/Watch", seine::registry::v1::WatchWorkloadsRequest(),
        {.max_message = kMaxWorkloadsMessage}));
  }
  // Nothing may change for days.
  auto message = co_await stream_->next();
  if (message && *message) co_return make_cluster_state(**message);
  stream_.reset();
  if (!message) co_return fail(std::move(message.error()));
  co_return fail(ErrorCode::kUnavailable, "the controller tells no more of workloads");
}

}  // namespace seine::dive
