// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/report.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "control/registry/registry_messages.h"
#include "control/telemetry/row_key.h"
#include "control/telemetry/telemetry_limits.h"
#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

namespace {

constexpr std::size_t kIdOctets = 16;
constexpr std::int64_t kLastSecond = 8'000'000'000;  // in the year 2223
constexpr std::uint64_t kLastSequence = (std::uint64_t{1} << 62) - 1;
constexpr std::chrono::hours kLongestLength{24};

std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}

struct LimitedText {
  std::string_view name;
  const std::string& text;
  std::size_t limit;
};

template <std::size_t N>
Result<void> check_texts(const LimitedText (&texts)[N]) {
  for (const LimitedText& each : texts) {
    if (each.text.size() > each.limit) {
      return invalid(std::string(each.name) + " is over " + std::to_string(each.limit) + " octets");
    }
    if (each.text.find('\0') != std::string::npos) {
      return invalid(std::string(each.name) + " has an octet of 0");
    }
  }
  return {};
}

template <class Row>
Result<void> check_row(const Row& row) {
  if (row.direction() != wire::INBOUND && row.direction() != wire::OUTBOUND) {
    return invalid("a row has no direction");
  }
  const wire::Target& target = row.target();
  const wire::Peer& peer = row.peer();
  return check_texts({{"target.service", target.service(), kMaxReportedName},
                      {"target.namespace", target.namespace_(), kMaxReportedName},
                      {"target.authority", target.authority(), kMaxReportedRoute},
                      {"peer.namespace", peer.namespace_(), kMaxReportedName},
                      {"peer.workload", peer.workload(), kMaxReportedName},
                      {"peer.workload_kind", peer.workload_kind(), kMaxReportedWord},
                      {"peer.pod", peer.pod(), kMaxReportedName},
                      {"peer.version", peer.version(), kMaxReportedWord},
                      {"peer.identity", peer.identity(), kMaxReportedIdentity},
                      {"peer.no_tls_reason", peer.no_tls_reason(), kMaxReportedWord},
                      {"cause", row.cause(), kMaxReportedWord}});
}

Result<void> check_exemplars(const wire::HttpRow& row) {
  if (row.exemplars_size() > kMaxExemplars) return invalid("a row has over 2 exemplars");
  for (const wire::Exemplar& exemplar : row.exemplars()) {
    if (exemplar.has_ended_at() && !decode_time(exemplar.ended_at())) {
      return invalid("exemplar.ended_at is no time");
    }
    auto checked = check_texts({{"exemplar.method", exemplar.method(), kMaxReportedWord},
                                {"exemplar.path", exemplar.path(), kMaxReportedDetail},
                                {"exemplar.trace_id", exemplar.trace_id(), kMaxReportedWord},
                                {"exemplar.detail", exemplar.detail(), kMaxReportedDetail}});
    if (!checked) return checked;
  }
  return {};
}

Result<HttpCounts> decode_counts(const wire::HttpRow& row) {
  HttpCounts counts{.requests = row.count(), .sum_microseconds = row.latency().sum_microseconds()};
  const auto& histogram = row.latency();
  bool bounded = row.count() <= kMaxReportedCount && counts.sum_microseconds <= kMaxReportedSum;
  for (const std::uint64_t count : histogram.count()) bounded &= count <= kMaxReportedCount;
  if (!bounded) return invalid("a row counts more than a bucket can have");
  if (!counts.latency.add(
          {histogram.index().data(), static_cast<std::size_t>(histogram.index_size())},
          {histogram.count().data(), static_cast<std::size_t>(histogram.count_size())})) {
    return invalid("a histogram's buckets do not ascend, or are none");
  }
  if (counts.latency.total() > counts.requests) {
    return invalid("a histogram has more requests than its row");
  }
  return counts;
}

Result<CountTable<HttpCounts>::Entry> decode_row(const wire::HttpRow& row, bool overflow) {
  if (auto checked = check_row(row); !checked) return fail(std::move(checked.error()));
  if (auto checked = check_exemplars(row); !checked) return fail(std::move(checked.error()));
  if (auto checked = check_texts({{"route", row.route(), kMaxReportedRoute}}); !checked) {
    return fail(std::move(checked.error()));
  }
  auto counts = decode_counts(row);
  if (!counts) return fail(std::move(counts.error()));
  CountTable<HttpCounts>::Entry entry{.direction = static_cast<std::size_t>(row.direction()),
                                      .key = overflow ? "" : row_key(row),
                                      .counts = *std::move(counts)};
  if (overflow) return entry;
  for (const wire::Exemplar& exemplar : row.exemplars()) {
    entry.exemplars.push_back(exemplar.SerializeAsString());
  }
  return entry;
}

Result<CountTable<TcpCounts>::Entry> decode_row(const wire::TcpRow& row, bool overflow) {
  if (auto checked = check_row(row); !checked) return fail(std::move(checked.error()));
  if (row.opened() > kMaxReportedCount || row.closed() > kMaxReportedCount ||
      row.open() > kMaxReportedCount || row.read_bytes() > kMaxReportedSum ||
      row.written_bytes() > kMaxReportedSum) {
    return invalid("a row counts more than a bucket can have");
  }
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
Result<void> decode_rows(const Rows& rows, bool overflow, int limit, std::vector<Entry>& out) {
  if (rows.size() > limit) return invalid("it has over " + std::to_string(limit) + " rows");
  for (const auto& row : rows) {
    auto entry = decode_row(row, overflow);
    if (!entry) return fail(std::move(entry.error()));
    out.push_back(*std::move(entry));
  }
  return {};
}

// `interval` is how long a bucket can be that does not tell: the last one of a killed proxy.
Result<ReportedBucket> decode_bucket(const wire::Bucket& bucket, Duration interval) {
  if (bucket.sequence() == 0 || bucket.sequence() > kLastSequence) {
    return invalid("sequences count from 1");
  }
  const auto start = decode_time(bucket.start());
  if (!start) return invalid("its start is no time");
  ReportedBucket out{.sequence = bucket.sequence(), .start = *start, .length = interval};
  out.has_length = bucket.has_length();
  if (out.has_length) out.length = decode_duration(bucket.length(), kLongestLength);
  // Not what ended early, with its proxy: that was not a timer.
  const WallTime end = std::chrono::round<std::chrono::seconds>(*start + out.length);
  if (out.length >= interval - kLateTimer && end > *start &&
      std::chrono::abs(*start + out.length - end) <= kLateTimer) {
    out.length = end - *start;
  }
  auto decoded = decode_rows(bucket.http(), false, kMaxBucketHttpRows, out.http);
  if (decoded) decoded = decode_rows(bucket.http_overflow(), true, kMaxOverflowRows, out.http);
  if (decoded) decoded = decode_rows(bucket.tcp(), false, kMaxBucketTcpRows, out.tcp);
  if (decoded) decoded = decode_rows(bucket.tcp_overflow(), true, kMaxOverflowRows, out.tcp);
  if (!decoded) return fail(std::move(decoded.error()));
  return out;
}

Duration decode_interval(const wire::Reporter& reporter) {
  if (!reporter.has_interval()) return kBucketInterval;
  const Duration told = decode_duration(reporter.interval(), kLongestInterval);
  return std::max<Duration>(told, kShortestInterval);
}

}  // namespace

std::optional<WallTime> decode_time(const google::protobuf::Timestamp& time) {
  if (time.seconds() <= 0 || time.seconds() > kLastSecond || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos()));
}

Result<ReporterFacts> decode_reporter(const wire::Reporter& reporter) {
  auto checked =
      check_texts({{"reporter.cluster", reporter.cluster(), kMaxReportedName},
                   {"reporter.namespace", reporter.namespace_(), kMaxReportedName},
                   {"reporter.workload", reporter.workload(), kMaxReportedName},
                   {"reporter.workload_kind", reporter.workload_kind(), kMaxReportedWord},
                   {"reporter.pod", reporter.pod(), kMaxReportedName},
                   {"reporter.version", reporter.version(), kMaxReportedWord},
                   {"reporter.service_account", reporter.service_account(), kMaxReportedName},
                   {"reporter.proxy_version", reporter.proxy_version(), kMaxReportedWord}});
  if (!checked) return fail(std::move(checked.error()));
  if (reporter.namespace_().empty() || reporter.workload().empty() || reporter.pod().empty()) {
    return invalid("the reporter names no pod");
  }
  if (reporter.instance().size() != kIdOctets || reporter.boot().size() != kIdOctets) {
    return invalid("instance and boot are 16 octets each");
  }
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
    report.sent_at = decode_time(request.sent_at());
    if (!report.sent_at) return invalid("sent_at is no time");
  }
  for (const wire::Bucket& bucket : request.buckets()) {
    auto decoded = decode_bucket(bucket, report.reporter.interval);
    if (!decoded) {
      return fail(
          std::move(decoded.error()).with_context("bucket " + std::to_string(bucket.sequence())));
    }
    report.buckets.push_back(*std::move(decoded));
  }
  return report;
}

}  // namespace seine::control
