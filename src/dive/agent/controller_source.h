// SPDX-License-Identifier: Apache-2.0
// Both sources of a standalone mesh: its controller, over the unix socket feed.sock. Each call
// connects where there is no connection; a controller that says nothing for kSourceSilence is taken
// for dead.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "dive/agent/sources.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "runtime/event_loop.h"
#include "seine/registry/v1/workloads.pb.h"
#include "seine/telemetry/v1/feed.pb.h"

namespace seine::dive {

// A connection to a socket, made anew when it is lost. One loop, which outlives it.
class SocketChannel {
 public:
  struct Connection {
    Connection(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream);
    http::Http2Client client;
    grpc::Channel channel;
  };

  SocketChannel(runtime::EventLoop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}
  // Error kUnavailable: nobody listens.
  runtime::Task<Result<std::shared_ptr<Connection>>> connect();

 private:
  runtime::EventLoop& loop_;
  const std::string path_;
  std::shared_ptr<Connection> connection_;
};

class ControllerMetricsSource final : public MetricsSource {
 public:
  ControllerMetricsSource(runtime::EventLoop& loop, std::string socket)
      : loop_(loop), channel_(loop, std::move(socket)) {}
  runtime::Task<Result<CountedBatch>> next(FeedPosition after) override;
  runtime::Task<Result<void>> acknowledge(FeedPosition up_to) override;
  bool is_heard() const override { return is_heard_; }

 private:
  using Stream = grpc::MessageStream<seine::telemetry::v1::FeedMessage>;
  runtime::Task<Result<void>> watch(const FeedPosition& after);
  runtime::Task<Result<void>> receive();
  // Of what has been received.
  CountedBatch take_batch();

  runtime::EventLoop& loop_;
  SocketChannel channel_;
  std::shared_ptr<SocketChannel::Connection> connection_;  // outlives its stream
  std::optional<Stream> stream_;
  FeedPosition position_;                                 // of the end of what was given out
  std::deque<seine::telemetry::v1::FeedReport> reports_;  // of one message
  std::optional<WallTime> complete_until_;                // told with the last of them
  std::optional<WallTime> told_until_;
  bool is_heard_ = false;
};

class ControllerWorkloadSource final : public WorkloadSource {
 public:
  ControllerWorkloadSource(runtime::EventLoop& loop, std::string socket)
      : channel_(loop, std::move(socket)) {}
  runtime::Task<Result<ClusterState>> next() override;

 private:
  using Stream = grpc::MessageStream<seine::registry::v1::RunningWorkloads>;

  SocketChannel channel_;
  std::shared_ptr<SocketChannel::Connection> connection_;
  std::optional<Stream> stream_;
};

// As Dive is told it. Pods are in the order of their names.
ClusterState make_cluster_state(const seine::registry::v1::RunningWorkloads& running);

}  // namespace seine::dive
