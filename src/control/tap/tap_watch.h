// SPDX-License-Identifier: Apache-2.0
// One call of Watch: its pods as they come and go, and what they say, without secrets, to the
// caller.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "control/tap/pod_tap.h"
#include "control/tap/tap_service.h"
#include "control/tap/tap_wish.h"
#include "grpc/server.h"
#include "runtime/task.h"

namespace seine::control {

// One loop. The context and the wish outlive it; the log says when it begins and when it ends.
class TapWatch {
 public:
  // Events that wait for the caller; the proxies' own bounds hold what is more.
  static constexpr std::size_t kMaxEvents = 256;
  // After the last request of a limit: how long its answer is waited for.
  static constexpr std::chrono::seconds kLinger{10};

  TapWatch(const TapServiceContext& context, const TapWish& wish, std::string caller);
  ~TapWatch();
  TapWatch(const TapWatch&) = delete;
  TapWatch& operator=(const TapWatch&) = delete;

  // Until the wish is fulfilled or the process drains.
  runtime::Task<grpc::Status> run(grpc::Writer<seine::tap::v1::WatchEvent>& writer);

 private:
  using StreamId = std::pair<std::uint32_t, std::uint64_t>;

  void follow_pods();
  // Whether the event is to be shown; keeps the count of a limit.
  bool admit(const io::linkerd::proxy::tap::TapEvent& event);
  bool is_done() const;
  void finish_event(seine::tap::v1::Tapped& tapped) const;

  const TapServiceContext context_;
  const TapWish& wish_;
  const std::string caller_;
  std::uint64_t requests_ = 0;
  std::set<StreamId> open_;  // of a limit: shown, and not ended
  std::optional<TimePoint> ends_;
  TapEvents events_;
  TapScene scene_;
  std::shared_ptr<const Snapshot> followed_;
  std::map<TapPod, std::unique_ptr<PodTap>> pods_;
};

}  // namespace seine::control
