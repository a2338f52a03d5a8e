// SPDX-License-Identifier: Apache-2.0
// Where an agent learns what its cluster runs and counts. The standalone controller is one source;
// Kubernetes and the metrics of Linkerd's proxies are others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/task.h"

namespace seine::dive {

// How far a source of counts has been read. Positions of another feed mean nothing.
struct FeedPosition {
  std::string feed;
  std::uint64_t position = 0;
  bool operator==(const FeedPosition&) const = default;
};

struct CountedBatch {
  FeedPosition position;                           // of its end
  std::vector<::dive::v1::CountedBucket> buckets;  // at most kMaxSentBuckets
  // All proxies have told of what ended by then, in this batch or before.
  std::optional<WallTime> complete_until;
};

class MetricsSource {
 public:
  virtual ~MetricsSource() = default;
  // What follows `after`; waits until there is something to tell. After an error, or with another
  // position than the last batch had, it begins anew there. One at a time.
  virtual runtime::Task<Result<CountedBatch>> next(FeedPosition after) = 0;
  // Whether it has told something since the last error.
  virtual bool is_heard() const = 0;
  // The source may forget what is up to there.
  virtual runtime::Task<Result<void>> acknowledge(FeedPosition up_to) = 0;
};

// All that a cluster runs at one moment, by namespace, kind and name.
struct ClusterState {
  using Name = std::tuple<std::string, std::string, std::string>;
  std::string cluster;
  WallTime at{};  // by the cluster's clock
  std::map<Name, ::dive::v1::Workload> workloads;
  std::map<Name, ::dive::v1::Service> services;  // their kind is empty
};

class WorkloadSource {
 public:
  virtual ~WorkloadSource() = default;
  // What runs now; then what runs after the next change. After an error it begins anew. One at a
  // time.
  virtual runtime::Task<Result<ClusterState>> next() = 0;
};

}  // namespace seine::dive
