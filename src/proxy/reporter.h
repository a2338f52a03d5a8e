// SPDX-License-Identifier: Apache-2.0
// Telemetry's clockwork, on the control loop: every interval it has the workers begin a new bucket,
// seals the one they left, and sends what is sealed until it is acknowledged. Counting goes on
// whatever becomes of sending; while the ring is full a bucket grows longer instead of being lost.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "metrics/text.h"
#include "proxy/backoff.h"
#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "runtime/wake.h"
#include "telemetry/dead_ledger.h"
#include "telemetry/ledger.h"

namespace seine::proxy {

// Has one worker begin a bucket; `done` is called on the control loop afterwards.
using BeginBucket = std::move_only_function<void(std::uint64_t sequence, WallTime start,
                                                 std::move_only_function<void()> done)>;

struct ReporterOptions {
  Duration interval = std::chrono::seconds(10);
  BackoffConfig backoff{
      .min = std::chrono::milliseconds(100), .max = std::chrono::seconds(10), .jitter = 0.5};
  // Ledgers of earlier lives are looked for here and delivered; empty: nowhere.
  std::string ledger_dir;
};

class Reporter {
 public:
  // All references outlive it. Every worker counts in bucket 1 already.
  Reporter(runtime::EventLoop& loop, const Log& log, FastRandom& random, telemetry::Ledger& ledger,
           telemetry::ReportSink& sink, std::vector<BeginBucket> workers, ReporterOptions options);

  void start();
  // The end of this life: seals what has been counted and sends for 2 s at most. What is not
  // acknowledged then stays in the ledger; otherwise the ledger is removed. Nothing may be counted
  // any more.
  runtime::Task<void> finish();

  // seine_telemetry_*. Any thread.
  void write(metrics::TextWriter& writer) const;

 private:
  static runtime::Task<void> count_buckets(Reporter& reporter);
  static runtime::Task<void> send_buckets(Reporter& reporter);
  static runtime::Task<void> deliver_earlier(Reporter& reporter);
  // Of the workers' current bucket.
  runtime::Task<void> end_bucket(WallTime next_start);
  runtime::Task<void> seal(const WallTime start, const Duration length);
  runtime::Task<Result<void>> send_some();
  static runtime::Task<Result<void>> finish_counting(Reporter& reporter);
  void drop(std::uint64_t sequence, const Error& error);
  void note_away(const Error& error);

  runtime::EventLoop& loop_;
  const Log& log_;
  FastRandom& random_;
  telemetry::Ledger& ledger_;
  telemetry::ReportSink& sink_;
  std::vector<BeginBucket> workers_;
  const ReporterOptions options_;
  std::uint64_t sequence_ = 1;  // of the bucket that is being counted
  WallTime start_;
  TimePoint began_;
  std::size_t most_ = telemetry::kMaxBuckets;  // of a report; 1 after a refusal
  bool away_ = false;
  bool ending_bucket_ = false;
  runtime::Waker sealed_;  // there is something to send
  runtime::Waker room_;    // something was acknowledged
  runtime::Waker ended_;   // a bucket was
  std::atomic<std::uint64_t> pending_count_{0};
  std::atomic<std::uint64_t> acknowledged_count_{0};
  std::atomic<std::uint64_t> dropped_count_{0};
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
