// SPDX-License-Identifier: Apache-2.0
// What proxies have counted: all of it, and the last ten minutes in buckets. Takes each bucket of
// an instance's boot once, keeps totals over a death of the controller, and knows which buckets are
// missing. Those whose pod has gone, or got another proxy, stay for an hour.
//
// This is one sink of seine.telemetry.v1; its reports come from Seine's own proxies. Whoever
// scrapes the metrics of Linkerd's proxies instead makes the same Report of the difference of two
// scrapes.
//
// One loop. Everything it is given outlives it; the time is passed in.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "control/registry/workload_source.h"
#include "control/telemetry/feed_spool.h"
#include "control/telemetry/kept_counts.h"
#include "control/telemetry/report.h"
#include "control/telemetry/source.h"
#include "control/telemetry/source_messages.h"
#include "control/telemetry/telemetry_metrics.h"

namespace seine::control {

class TelemetryWindow {
 public:
  // Takes over what was kept. `feed`: where a reader gets what is taken; null: there is none.
  TelemetryWindow(const Log& log, metrics::Registry& metrics, const WorkloadSource& workloads,
                  std::string cluster, KeptCounts kept, WallTime now, FeedSpool* feed = nullptr);

  const std::string& cluster() const { return cluster_; }
  TelemetryMetrics& metrics() { return metrics_; }

  struct Taken {
    std::vector<std::uint64_t> acknowledged;
    Duration skew{};  // our clock minus the sender's
  };
  // Who reports has been checked; `request` is what `report` was read from. Errors:
  // kInvalidArgument for another cluster; kLimit where there is no room; kUnavailable while what
  // was counted cannot be written, or not be kept for the feed: sent again, it is acknowledged
  // once it can.
  Result<Taken> take(Report report, const seine::telemetry::v1::ReportRequest& request,
                     WallTime now);

  // What has changed with time and with the mesh; called at least every few seconds.
  void look(WallTime now);

  // Of this namespace and workload, where they are not empty: those that have reported, and pods
  // whose proxy has not.
  std::vector<SourceId> sources(std::string_view ns, std::string_view workload) const;
  // What `last` means at this moment: it ends where all running proxies have told what they
  // counted, those that are silent apart, and begins where their buckets do, so that all count the
  // same time. Error kInvalidArgument below 10 s and above 10 min.
  Result<WindowSpan> span(Duration last, WallTime now) const;
  // What is taken from now on is in the feed. Error kUnavailable.
  Result<void> begin_feed();
  // All running proxies have told of what ended by then, those that are silent apart, and it is in
  // the feed. Nothing where that is not known.
  std::optional<WallTime> complete_until(WallTime now) const;
  // False if it is no more.
  bool read(const SourceId& id, const std::optional<WindowSpan>& span,
            seine::telemetry::v1::Source& out) const;

 private:
  using PodName = std::pair<std::string, std::string>;  // namespace, name
  struct KnownPod {
    WallTime since;
    bool is_skewed = false;  // which was said
  };
  using Sources = std::map<SourceId, std::unique_ptr<Source>>;

  Result<Source*> find(const ReporterFacts& reporter, WallTime now);
  WallTime end_of(const ReportedBucket& bucket, Duration skew, WallTime now) const;
  Duration correct(const Report& report, Duration skew);
  void write(Source& source);
  // Adds to the feed what is new to it. Error kUnavailable; then nothing was added.
  Result<void> feed(const seine::telemetry::v1::ReportRequest& request, Duration correction,
                    Boot& boot, WallTime now);
  // Completes the taking that a death cut short: the last report of the feed may not be counted.
  void resume_feed();
  bool is_feed_certain() const;
  void look_at_pods(WallTime now);
  void bury(WallTime now);
  // The source that speaks for a pod: of several instances the one heard last. Null: none has.
  const Source* speaker(std::string_view ns, std::string_view pod) const;
  bool runs(const Source& source) const;
  std::vector<const Source*> running() const;
  void show();

  const Log& log_;
  const WorkloadSource& workloads_;
  const std::string cluster_;
  const KeptCounts kept_;
  TelemetryMetrics metrics_;
  TableBudgets budgets_;
  Sources sources_;  // after the budgets they give back to
  std::map<PodName, KnownPod> pods_;
  Duration interval_ = kBucketInterval;  // the longest of those that run
  bool is_failing_ = false;              // the last writing failed, and was told
  FeedSpool* const feed_;
  bool is_feed_failing_ = false;     // likewise
  std::optional<SourceId> resumed_;  // until its counts are written nothing is added to the feed
  const WallTime started_;
};

}  // namespace seine::control
