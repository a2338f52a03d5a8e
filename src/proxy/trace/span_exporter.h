// SPDX-License-Identifier: Apache-2.0
// Sends spans to the collector, on the control loop: OTLP over gRPC, in batches of at most
// kMaxBatch and kMaxBatchBytes, each when it is full or its first span has waited for the interval.
// A collector that is away costs spans, which are counted, and nothing else: nobody waits for it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/log.h"
#include "grpc/client.h"
#include "metrics/text.h"
#include "proxy/trace/span.h"
#include "proxy/trace/trace_config.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

// A batch that is not taken within it is dropped.
inline constexpr Duration kExportTimeout = std::chrono::seconds(10);
// For what is left when the process is about to end.
inline constexpr Duration kLastExportTimeout = std::chrono::seconds(2);

// Of a batch, by Span::size(). A collector takes a message of 4 MiB at most unless it is told
// otherwise, and a byte that is not UTF-8 becomes three.
inline constexpr std::size_t kMaxBatchBytes = 1024 * 1024;

class SpanExporter {
 public:
  // References outlive it. `resource` says who the spans are from.
  SpanExporter(runtime::EventLoop& loop, const Log& log, const grpc::Channel& channel, SpanBox& box,
               Duration interval, TraceAttributes resource);
  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;

  void start() { scope_.spawn(run(*this)); }
  // Stops, and sends what is left, for kLastExportTimeout at most; a batch under way is sent again.
  runtime::Task<void> finish();
  // On the control loop: opentelemetry_span_export_requests_total,
  // opentelemetry_span_exports_total, seine_trace_dropped_spans_total{reason}.
  void write(metrics::TextWriter& writer) const;

 private:
  static runtime::Task<void> run(SpanExporter& self);
  runtime::Task<void> gather();
  // How many of the gathered, from the first, go in one batch.
  std::size_t batch() const;
  // So many, from the first: they are sent, or lost.
  void forget(std::size_t count);
  runtime::Task<void> export_gathered(Duration timeout);

  runtime::EventLoop& loop_;
  const Log& log_;
  const grpc::Channel& channel_;
  SpanBox& box_;
  const Duration interval_;
  const TraceAttributes resource_;
  std::vector<Span> gathered_;
  bool away_ = false;
  std::uint64_t requests_ = 0;
  std::uint64_t exported_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t rejected_ = 0;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
