// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/span_exporter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "proxy/trace/encode_span.h"
#include "runtime/combine.h"

namespace seine::proxy {

using runtime::Task;

namespace {

namespace wire = opentelemetry::proto::collector::trace::v1;

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
// How often it is looked whether a batch is full: spans ring no bell while one is gathered.
constexpr Duration kLook = std::chrono::milliseconds(100);

}  // namespace

SpanExporter::SpanExporter(runtime::EventLoop& loop, const Log& log, const grpc::Channel& channel,
                           SpanBox& box, Duration interval, TraceAttributes resource)
    : loop_(loop),
      log_(log),
      channel_(channel),
      box_(box),
      interval_(interval),
      resource_(std::move(resource)),
      scope_(loop, [](Error) {}) {}

Task<void> SpanExporter::run(SpanExporter& self) {
  for (;;) {
    co_await self.gather();
    co_await self.export_gathered(kExportTimeout);
  }
}

// Until there is a batch, or some have waited long enough.
Task<void> SpanExporter::gather() {
  if (gathered_.empty()) gathered_ = co_await box_.receive();
  const TimePoint until = loop_.now() + interval_;
  while (gathered_.size() < kMaxBatch && batch() == gathered_.size() && loop_.now() < until) {
    co_await runtime::sleep_for(loop_, std::min(kLook, until - loop_.now()));
    std::ranges::move(box_.take(), std::back_inserter(gathered_));
  }
}

std::size_t SpanExporter::batch() const {
  const std::size_t most = std::min(gathered_.size(), kMaxBatch);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < most; ++i) {
    bytes += gathered_[i].size();
    if (i > 0 && bytes > kMaxBatchBytes) return i;
  }
  return most;
}

void SpanExporter::forget(std::size_t count) {
  box_.release(std::span(gathered_).first(count));
  gathered_.erase(gathered_.begin(), gathered_.begin() + static_cast<std::ptrdiff_t>(count));
}

Task<void> SpanExporter::export_gathered(Duration timeout) {
  const std::size_t count = batch();
  if (count == 0) co_return;
  const auto request = encode_spans(resource_, std::span(gathered_).first(count));
  ++requests_;
  const auto response = co_await channel_.unary<wire::ExportTraceServiceResponse>(
      kExport, request, {.metadata = {}, .deadline = timeout});
  // Not before: of a batch that is cancelled finish() has to know.
  forget(count);
  if (!response) {
    lost_ += count;
    if (!std::exchange(away_, true)) {
      log_warn(log_, "spans are dropped: the collector of traces takes none",
               {{"error", response.error().to_string()}});
    }
    co_return;
  }
  if (std::exchange(away_, false)) log_info(log_, "the collector of traces takes spans again");
  const auto said = std::max<std::int64_t>(0, response->partial_success().rejected_spans());
  const auto rejected = std::min<std::uint64_t>(count, static_cast<std::uint64_t>(said));
  rejected_ += rejected;
  exported_ += count - rejected;
}

Task<void> SpanExporter::finish() {
  scope_.cancel();
  std::ranges::move(box_.take(), std::back_inserter(gathered_));
  const TimePoint until = loop_.now() + kLastExportTimeout;
  while (!gathered_.empty() && loop_.now() < until) co_await export_gathered(until - loop_.now());
  lost_ += gathered_.size();
  forget(gathered_.size());
}

void SpanExporter::write(metrics::TextWriter& writer) const {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  writer.family({.name = "opentelemetry_span_export_requests",
                 .help = "Batches of spans sent to the collector."},
                metrics::Kind::kCounter);
  writer.sample("", count(requests_));
  writer.family({.name = "opentelemetry_span_exports", .help = "Spans that the collector took."},
                metrics::Kind::kCounter);
  writer.sample("", count(exported_));
  writer.family({.name = "seine_trace_dropped_spans",
                 .help = "Spans that were dropped: too many waited, the collector was away, or it "
                         "refused them."},
                metrics::Kind::kCounter);
  writer.sample("reason=\"full\"", count(box_.dropped()));
  writer.sample("reason=\"collector\"", count(lost_));
  writer.sample("reason=\"rejected\"", count(rejected_));
}

}  // namespace seine::proxy
