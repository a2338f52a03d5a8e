// SPDX-License-Identifier: Apache-2.0
// Sources that a test feeds. What has been made stays until it is acknowledged, as at a controller.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "dive/agent/sources.h"
#include "dive/agent/wire_time.h"
#include "runtime/event_loop.h"
#include "runtime/wake.h"

namespace seine::dive::testing {

class FakeMetricsSource final : public MetricsSource {
 public:
  explicit FakeMetricsSource(runtime::EventLoop& loop) : loop_(loop) {}

  std::size_t bucket_octets = 10;

  // So many buckets, a report each.
  void make(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      ::dive::v1::CountedBucket bucket;
      bucket.mutable_reporter()->set_instance("instance");
      bucket.mutable_reporter()->set_boot("boot");
      bucket.mutable_bucket()->set_sequence(++last_);
      auto& row = *bucket.mutable_bucket()->add_http();
      row.set_count(1);
      row.set_route(std::string(bucket_octets, 'r'));
      kept_[last_] = std::move(bucket);
    }
    slot_.wake();
  }
  void complete(Duration after_start) {
    complete_until_ = time_of(after_start);
    slot_.wake();
  }
  WallTime time_of(Duration after_start) const {
    return WallTime(std::chrono::seconds(1767225600)) + after_start;
  }
  // The connection is lost.
  void break_off() {
    is_broken_ = true;
    slot_.wake();
  }
  std::size_t made() const { return last_; }
  std::uint64_t last() const { return last_; }
  std::uint64_t acknowledged() const { return acknowledged_; }

  runtime::Task<Result<CountedBatch>> next(FeedPosition after) override {
    runtime::Waker waker(loop_);
    is_broken_ = false;
    const std::uint64_t from = after.feed == kFeed ? after.position : 0;
    for (;;) {
      if (std::exchange(is_broken_, false)) co_return fail(ErrorCode::kUnavailable, "broken off");
      const auto found = kept_.upper_bound(from);
      if (found != kept_.end() || complete_until_) {
        CountedBatch batch{.position = {.feed = kFeed, .position = from}};
        for (auto at = found; at != kept_.end() && batch.buckets.size() < 3; ++at) {
          batch.buckets.push_back(at->second);
          batch.position.position = at->first;
          if (bucket_octets > 1000) break;
        }
        if (batch.position.position == last_) {
          batch.complete_until = std::exchange(complete_until_, std::nullopt);
        }
        co_return batch;
      }
      slot_.arm(waker);
      co_await waker.wait();
    }
  }
  bool is_heard() const override { return !is_broken_; }
  runtime::Task<Result<void>> acknowledge(FeedPosition up_to) override {
    if (up_to.feed != kFeed) co_return fail(ErrorCode::kInvalidArgument, "another feed");
    acknowledged_ = std::max(acknowledged_, up_to.position);
    kept_.erase(kept_.begin(), kept_.upper_bound(acknowledged_));
    co_return Result<void>();
  }

 private:
  static constexpr const char* kFeed = "feed";

  runtime::EventLoop& loop_;
  std::map<std::uint64_t, ::dive::v1::CountedBucket> kept_;
  std::uint64_t last_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::optional<WallTime> complete_until_;
  bool is_broken_ = false;
  runtime::WakeSlot slot_;
};

class FakeWorkloadSource final : public WorkloadSource {
 public:
  explicit FakeWorkloadSource(runtime::EventLoop& loop) : loop_(loop) { state_.cluster = "test"; }

  void set_cluster(std::string cluster) { state_.cluster = std::move(cluster); }
  void add_pod(const std::string& workload, const std::string& name, const std::string& version) {
    ::dive::v1::Workload& of = state_.workloads[{"shop", "deployment", workload}];
    of.mutable_name()->set_namespace_("shop");
    of.mutable_name()->set_kind("deployment");
    of.mutable_name()->set_name(workload);
    ::dive::v1::Pod& pod = *of.add_pods();
    pod.set_name(name);
    pod.set_version(version);
    ++changes_;
    slot_.wake();
  }

  // Another watch.
  void begin_anew() { told_.reset(); }

  runtime::Task<Result<ClusterState>> next() override {
    runtime::Waker waker(loop_);
    while (told_ && *told_ == changes_) {
      slot_.arm(waker);
      co_await waker.wait();
    }
    told_ = changes_;
    co_return state_;
  }

 private:
  runtime::EventLoop& loop_;
  ClusterState state_;
  int changes_ = 0;
  std::optional<int> told_;
  runtime::WakeSlot slot_;
};

}  // namespace seine::dive::testing
