// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/feed_service.h"

#include <algorithm>
#include <utility>

#include "control/telemetry/telemetry_limits.h"
#include "runtime/combine.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

namespace {

constexpr char kWatch[] = "/seine.telemetry.v1.Feed/Watch";
constexpr char kAcknowledge[] = "/seine.telemetry.v1.Feed/Acknowledge";

class FeedService final : public RpcService {
 public:
  FeedService(const CallEnvironment& env, TelemetryWindow& window, FeedSpool& spool)
      : env_(env), window_(window), spool_(spool) {}
  void serve(grpc::Methods& methods) override {
    methods.stream(kWatch, *this, &FeedService::watch);
    methods.unary(kAcknowledge, *this, &FeedService::acknowledge);
  }

 private:
  runtime::Task<grpc::Status> watch(const grpc::Context& call,
                                    const wire::WatchFeedRequest& request,
                                    grpc::Writer<wire::FeedMessage>& out);
  runtime::Task<grpc::Status> acknowledge(const grpc::Context& call,
                                          const wire::AcknowledgeFeedRequest& request,
                                          wire::AcknowledgeFeedResponse& response);
  // Until another watch takes its place, or the process drains.
  runtime::Task<grpc::Status> until_over(std::uint64_t watch);
  // Until the caller goes away.
  runtime::Task<grpc::Status> tell(FeedSpool::Reader reader, grpc::Writer<wire::FeedMessage>& out);
  wire::FeedMessage read_some(FeedSpool::Reader& reader);

  const CallEnvironment env_;
  TelemetryWindow& window_;
  FeedSpool& spool_;
  std::uint64_t watches_ = 0;  // that there have been
  ChangeNotifier replaced_;
};

runtime::Task<grpc::Status> FeedService::watch(const grpc::Context&,
                                               const wire::WatchFeedRequest& request,
                                               grpc::Writer<wire::FeedMessage>& out) {
  CountedCall counted(env_.metrics, "WatchFeed");
  const auto begun = window_.begin_feed();
  if (!begun) co_return counted.end(grpc::to_status(begun.error()));
  const std::uint64_t watch = ++watches_;
  replaced_.notify();
  const bool is_known = request.feed() == spool_.id() && request.after() <= spool_.last();
  auto over = co_await runtime::race(
      until_over(watch), tell(FeedSpool::Reader(spool_, is_known ? request.after() : 0), out));
  co_return counted.end(over.index() == 0 ? std::get<0>(std::move(over))
                                          : std::get<1>(std::move(over)));
}

runtime::Task<grpc::Status> FeedService::until_over(std::uint64_t watch) {
  runtime::Waker waker(env_.loop);
  ChangeNotifier::Watch replaced;
  runtime::Signal::Watch drain;
  env_.drain.arm(drain, waker);
  while (watch == watches_ && !env_.drain.fired()) {
    replaced_.arm(replaced, waker);
    co_await waker.wait();
  }
  if (env_.drain.fired()) co_return grpc::Status{};
  co_return grpc::Status{grpc::StatusCode::kAborted, "another reader watches the feed"};
}

runtime::Task<grpc::Status> FeedService::tell(FeedSpool::Reader reader,
                                              grpc::Writer<wire::FeedMessage>& out) {
  runtime::Waker waker(env_.loop);
  ChangeNotifier::Watch added;
  for (;;) {
    spool_.changes().arm(added, waker);
    const wire::FeedMessage message = read_some(reader);
    co_await out.write(message);
    if (reader.after() < spool_.last()) continue;
    co_await runtime::race(
        [](runtime::Waker& w) -> runtime::Task<int> {
          co_await w.wait();
          co_return 0;
        }(waker),
        [](runtime::EventLoop& loop) -> runtime::Task<int> {
          co_await runtime::sleep_for(loop, kFeedPulse);
          co_return 0;
        }(env_.loop));
  }
}

wire::FeedMessage FeedService::read_some(FeedSpool::Reader& reader) {
  const WallTime now = env_.loop.clock().wall_now();
  wire::FeedMessage message;
  message.set_feed(spool_.id());
  encode_time(now, *message.mutable_now());
  std::size_t octets = 0;
  while (octets < kFeedMessageOctets) {
    auto report = reader.next();
    if (!report) break;
    octets += report->ByteSizeLong();
    *message.add_reports() = *std::move(report);
  }
  if (reader.after() < spool_.last()) return message;
  if (const auto until = window_.complete_until(now)) {
    encode_time(*until, *message.mutable_complete_until());
  }
  return message;
}

runtime::Task<grpc::Status> FeedService::acknowledge(const grpc::Context&,
                                                     const wire::AcknowledgeFeedRequest& request,
                                                     wire::AcknowledgeFeedResponse&) {
  CountedCall counted(env_.metrics, "AcknowledgeFeed");
  if (!spool_.has_begun() || request.feed() != spool_.id() || request.position() > spool_.last()) {
    co_return counted.end(
        {grpc::StatusCode::kFailedPrecondition, "the feed is another; watch it anew"});
  }
  spool_.acknowledge(request.position());
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_feed_service(const CallEnvironment& env, TelemetryWindow& window,
                                              FeedSpool& spool) {
  return std::make_unique<FeedService>(env, window, spool);
}

}  // namespace seine::control
