// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/report.h"

#include <algorithm>
#include <utility>

#include "control/registry/registry_messages.h"
#include "control/telemetry/row_key.h"
#include "control/telemetry/telemetry_limits.h"
#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/check_bucket.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

namespace {

constexpr std::chrono::hours kLongestLength{24};

std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}

HttpCounts decode_counts(const wire::HttpRow& row) {
  HttpCounts counts{.requests = row.count(), .sum_microseconds = row.latency().sum_microseconds()};
  const wire::Histogram& histogram = row.latency();
  counts.latency.add({histogram.index().data(), static_cast<std::size_t>(histogram.index_size())},
                     {histogram.count().data(), static_cast<std::size_t>(histogram.count_size())});
  return counts;
}

CountTable<HttpCounts>::Entry decode_row(const wire::HttpRow& row, bool overflow) {
  CountTable<HttpCounts>::Entry entry{.direction = static_cast<std::size_t>(row.direction()),
                                      .key = overflow ? "" : row_key(row),
                                      .counts = decode_counts(row)};
  if (overflow) return entry;
  for (const wire::Exemplar& exemplar : row.exemplars()) {
    entry.exemplars.push_back(exemplar.SerializeAsString());
  }
  return entry;
}

CountTable<TcpCounts>::Entry decode_row(const wire::TcpRow& row, bool overflow) {
  return CountTable<TcpCounts>::Entry{.direction = static_cast<std::size_t>(row.direction()),
                                      .key = overflow ? "" : row_key(row),
                                      .counts = {.opened = row.opened(),
                                                 .closed = row.closed(),
                                                 .read_bytes = row.read_bytes(),
                                                 .written_bytes = row.written_bytes()},
                                      .open = row.open(),
                                      .exemplars = {}};
}

template <class Rows, class Entry>
void decode_rows(const Rows& rows, bool overflow, std::vector<Entry>& out) {
  for (const auto& row : rows) out.push_back(decode_row(row, overflow));
}

// `interval` is how long a bucket can be that does not tell: the last one of a killed proxy.
Result<ReportedBucket> decode_bucket(const wire::Bucket& bucket, Duration interval) {
  if (auto checked = telemetry::check_bucket(bucket); !checked) {
    return fail(std::move(checked.error()));
  }
  const auto start = telemetry::read_time(bucket.start());
  ReportedBucket out{.sequence = bucket.sequence(), .start = *start, .length = interval};
  out.has_length = bucket.has_length();
  if (out.has_length) out.length = decode_duration(bucket.length(), kLongestLength);
  // Not what ended early, with its proxy: that was not a timer.
  const WallTime end = std::chrono::round<std::chrono::seconds>(*start + out.length);
  if (out.length >= interval - kLateTimer && end > *start &&
      std::chrono::abs(*start + out.length - end) <= kLateTimer) {
    out.length = end - *start;
  }
  decode_rows(bucket.http(), false, out.http);
  decode_rows(bucket.http_overflow(), true, out.http);
  decode_rows(bucket.tcp(), false, out.tcp);
  decode_rows(bucket.tcp_overflow(), true, out.tcp);
  return out;
}

Duration decode_interval(const wire::Reporter& reporter) {
  if (!reporter.has_interval()) return kBucketInterval;
  const Duration told = decode_duration(reporter.interval(), kLongestInterval);
  return std::max<Duration>(told, kShortestInterval);
}

}  // namespace

Result<ReporterFacts> decode_reporter(const wire::Reporter& reporter) {
  if (auto checked = telemetry::check_reporter(reporter); !checked) {
    return fail(std::move(checked.error()));
  }
  if (reporter.pod().empty()) return invalid("the reporter names no pod");
  return ReporterFacts{.cluster = reporter.cluster(),
                       .ns = reporter.namespace_(),
                       .workload = reporter.workload(),
                       .workload_kind = reporter.workload_kind(),
                       .pod = reporter.pod(),
                       .version = reporter.version(),
                       .service_account = reporter.service_account(),
                       .proxy_version = reporter.proxy_version(),
                       .instance = reporter.instance(),
                       .interval = decode_interval(reporter)};
}

Result<Report> decode_report(const wire::ReportRequest& request) {
  auto reporter = decode_reporter(request.reporter());
  if (!reporter) return fail(std::move(reporter.error()));
  if (request.buckets_size() > kMaxReportedBuckets) return invalid("a report has over 64 buckets");
  Report report{.reporter = *std::move(reporter), .boot = request.reporter().boot()};
  if (request.has_sent_at()) {
    report.sent_at = telemetry::read_time(request.sent_at());
    if (!report.sent_at) return invalid("sent_at is no time");
  }
  for (const wire::Bucket& bucket : request.buckets()) {
    auto decoded = decode_bucket(bucket, report.reporter.interval);
    if (!decoded) return fail(std::move(decoded.error()));
    report.buckets.push_back(*std::move(decoded));
  }
  return report;
}

}  // namespace seine::control
