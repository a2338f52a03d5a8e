// SPDX-License-Identifier: Apache-2.0
// What an agent would have told Dive of a History, as the messages of dive.v1: counts with
// latencies and an example of each kind of request, as callers' proxies have them; who runs in
// which version; which services there are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "dive/history.h"
#include "dive/v1/cluster.pb.h"

namespace seine::bench {

inline constexpr int kBucketsOfMessage = 64;

class MeshMessages {
 public:
  // `history` outlives it.
  explicit MeshMessages(const History& history) : history_(history) {}

  // A bucket of each proxy for the whole minute, or for one sixth of it.
  std::vector<::dive::v1::MetricMessage> minute_counts(Minute minute, bool with_examples);
  std::vector<::dive::v1::MetricMessage> sixth_counts(Minute minute, int sixth);

  // Everything at first, and then who was replaced in this minute.
  ::dive::v1::DeploymentMessage all_workloads(Minute minute);
  std::vector<::dive::v1::DeploymentMessage> rollouts(Minute minute);
  ::dive::v1::ServiceMessage all_services(Minute minute);

 private:
  struct Part {
    Minute minute;
    int sixth;  // of 6; -1: the whole
    bool with_examples;
    WallTime start() const;
    Duration length() const;
  };
  std::vector<::dive::v1::MetricMessage> counts(const Part& part);
  void write_bucket(const Part& part, int caller, ::dive::v1::CountedBucket& out);
  void write_row(const Part& part, int callee, int route, std::uint32_t status,
                 std::uint32_t requests, seine::telemetry::v1::HttpRow& out);
  void write_workload(int service, Minute minute, ::dive::v1::Workload& out) const;
  ::dive::v1::Envelope envelope(std::uint64_t& sequence, WallTime sent) const;

  const History& history_;
  std::uint64_t metric_sequence_ = 0;
  std::uint64_t deployment_sequence_ = 0;
  std::uint64_t service_sequence_ = 0;
  std::map<std::string, std::uint64_t> bucket_sequences_;  // by instance
  std::vector<std::uint32_t> by_bucket_;
};

}  // namespace seine::bench
