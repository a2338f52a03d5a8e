// SPDX-License-Identifier: Apache-2.0
// One pod's proxy as a watch sees it: a connection that is made again when it is lost, and a stream
// of so many requests for each second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/identity/own_certificate.h"
#include "control/tap/tap_wish.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "runtime/channel.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"
#include "seine/tap/v1/tap.pb.h"

namespace seine::control {

// Events between the proxies and whoever watches; a proxy whose events are not taken drops some.
using TapEvents = runtime::Channel<seine::tap::v1::WatchEvent>;

// What the pods of a watch have in common. Outlives them.
struct TapScene {
  runtime::EventLoop& loop;
  const OwnCertificate& certificate;
  const TapWish& wish;
  TapEvents& events;
  std::size_t pods = 0;  // how many there are now: each gets its part of max_rps
};

// One loop. Destroying it ends its streams.
class PodTap {
 public:
  // TCP and TLS together.
  static constexpr std::chrono::seconds kConnectTimeout{3};
  static constexpr std::chrono::seconds kRetry{1};
  // In a row before the watcher hears of it: pods that start or end are no news.
  static constexpr int kToldFailures = 2;
  // Streams of one proxy: a second's requests may take longer than a second.
  static constexpr std::size_t kMaxWindows = 4;

  PodTap(const TapScene& scene, TapPod pod);
  PodTap(const PodTap&) = delete;
  PodTap& operator=(const PodTap&) = delete;

 private:
  struct Connection {
    Connection(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream);
    http::Http2Client client;
    grpc::Channel channel;
  };
  // One Observe call.
  struct Window {
    std::uint32_t left = 0;  // requests it has still to show
    bool over = false;
    std::optional<Error> error;
  };

  runtime::Task<void> run();
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect();
  // Until the proxy is lost.
  runtime::Task<Error> follow(Connection& connection);
  runtime::Task<void> observe(const grpc::Channel& channel, Window& window);
  // Forgets windows that are over; the error of one that failed.
  std::optional<Error> sweep();
  // Says so once, not at every attempt.
  runtime::Task<void> tell(bool watched, std::string reason);

  const TapScene& scene_;
  const TapPod pod_;
  int failures_ = 0;
  std::optional<bool> told_;
  std::string reason_;
  std::vector<std::unique_ptr<Window>> windows_;
  runtime::Waker progress_;
  runtime::TaskScope scope_;
  // Dies before the connection that its streams use, which is scope_'s.
  runtime::TaskScope streams_;
};

}  // namespace seine::control
