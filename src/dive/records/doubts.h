// SPDX-License-Identifier: Apache-2.0
// Where a write failed, was cancelled, or may have happened or not, what is in memory is read anew
// from the database: by whoever writes next, or in the background, whoever comes first.
//
// One loop. What it is given outlives it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>

#include "base/result.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::dive {

class Settler {
 public:
  virtual ~Settler() = default;
  // Takes the turn of the cluster, or of kNoCluster, and reads anew.
  virtual runtime::Task<Result<void>> settle(std::int64_t cluster) = 0;
};

class Doubts {
 public:
  Doubts(runtime::EventLoop& loop, Settler& settler)
      : loop_(loop), settler_(settler), scope_(loop, [](Error) {}) {}

  bool are_about(std::int64_t cluster) const { return clusters_.contains(cluster); }
  void raise(std::int64_t cluster) {
    clusters_.insert(cluster);
    if (scope_.size() == 0) scope_.spawn(settle_all());
  }
  // It is known again.
  void lower(std::int64_t cluster) { clusters_.erase(cluster); }

 private:
  runtime::Task<void> settle_all() {
    Duration pause = std::chrono::milliseconds(100);
    while (!clusters_.empty()) {
      co_await runtime::sleep_for(loop_, pause);
      if (clusters_.empty()) break;
      // One that fails comes again after the others.
      const auto next = clusters_.upper_bound(last_);
      last_ = next == clusters_.end() ? *clusters_.begin() : *next;
      const auto settled = co_await settler_.settle(last_);
      if (!settled) pause = std::min<Duration>(pause * 2, std::chrono::seconds(10));
    }
  }

  runtime::EventLoop& loop_;
  Settler& settler_;
  std::set<std::int64_t> clusters_;
  std::int64_t last_ = 0;
  runtime::TaskScope scope_;
};

// A write that is under way. Unless is_done() was said, its end raises a doubt.
class Write {
 public:
  Write(Doubts& doubts, std::int64_t cluster) : doubts_(doubts), cluster_(cluster) {}
  ~Write() {
    if (!is_done_) doubts_.raise(cluster_);
  }
  Write(const Write&) = delete;
  Write& operator=(const Write&) = delete;
  void is_done() { is_done_ = true; }

 private:
  Doubts& doubts_;
  const std::int64_t cluster_;
  bool is_done_ = false;
};

}  // namespace seine::dive
