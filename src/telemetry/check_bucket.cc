// SPDX-License-Identifier: Apache-2.0
#include "telemetry/check_bucket.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/latency_buckets.h"

namespace seine::telemetry {

namespace {

std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}
std::unexpected<Error> over(std::string_view what, std::uint64_t limit) {
  return invalid(std::string(what) + " over " + std::to_string(limit));
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
      return over("octets of " + std::string(each.name), each.limit);
    }
    // PostgreSQL takes none.
    if (each.text.find('\0') != std::string::npos) {
      return invalid(std::string(each.name) + " has an octet of 0");
    }
  }
  return {};
}

template <class Row>
Result<void> check_about(const Row& row) {
  if (row.direction() != v1::INBOUND && row.direction() != v1::OUTBOUND) {
    return invalid("a row has no direction");
  }
  return check_texts({{"target.service", row.target().service(), kMaxName},
                      {"target.namespace", row.target().namespace_(), kMaxName},
                      {"target.authority", row.target().authority(), kMaxRoute},
                      {"peer.namespace", row.peer().namespace_(), kMaxName},
                      {"peer.workload", row.peer().workload(), kMaxName},
                      {"peer.workload_kind", row.peer().workload_kind(), kMaxWord},
                      {"peer.pod", row.peer().pod(), kMaxName},
                      {"peer.version", row.peer().version(), kMaxWord},
                      {"peer.identity", row.peer().identity(), kMaxIdentity},
                      {"peer.no_tls_reason", row.peer().no_tls_reason(), kMaxWord},
                      {"cause", row.cause(), kMaxWord}});
}

Result<void> check_histogram(const v1::HttpRow& row) {
  const v1::Histogram& latency = row.latency();
  if (latency.sum_microseconds() > kMaxRowSum) return over("latency of a row", kMaxRowSum);
  if (latency.index_size() != latency.count_size()) return invalid("a histogram is torn");
  std::uint64_t total = 0;
  for (int i = 0; i < latency.index_size(); ++i) {
    if (latency.index(i) >= kLatencyBuckets ||
        (i > 0 && latency.index(i) <= latency.index(i - 1))) {
      return invalid("a histogram's buckets do not ascend, or are none");
    }
    if (latency.count(i) > row.count() - total) {
      return invalid("a histogram has more requests than its row");
    }
    total += latency.count(i);
  }
  return {};
}

Result<void> check_exemplars(const v1::HttpRow& row) {
  if (row.exemplars_size() > kMaxRowExemplars) {
    return over("exemplars of a row", static_cast<std::uint64_t>(kMaxRowExemplars));
  }
  for (const v1::Exemplar& exemplar : row.exemplars()) {
    if (exemplar.has_ended_at() && !read_time(exemplar.ended_at())) {
      return invalid("exemplar.ended_at is no time");
    }
    auto checked = check_texts({{"exemplar.method", exemplar.method(), kMaxWord},
                                {"exemplar.path", exemplar.path(), kMaxDetail},
                                {"exemplar.trace_id", exemplar.trace_id(), kMaxWord},
                                {"exemplar.detail", exemplar.detail(), kMaxDetail}});
    if (!checked) return checked;
  }
  return {};
}

Result<void> check_row(const v1::HttpRow& row) {
  if (auto checked = check_about(row); !checked) return checked;
  if (auto checked = check_texts({{"route", row.route(), kMaxRoute}}); !checked) return checked;
  if (row.count() > kMaxRowCount) return over("requests of a row", kMaxRowCount);
  if (auto checked = check_histogram(row); !checked) return checked;
  return check_exemplars(row);
}

Result<void> check_row(const v1::TcpRow& row) {
  if (row.opened() > kMaxRowCount || row.closed() > kMaxRowCount || row.open() > kMaxRowCount) {
    return over("connections of a row", kMaxRowCount);
  }
  if (row.read_bytes() > kMaxRowSum || row.written_bytes() > kMaxRowSum) {
    return over("bytes of a row", kMaxRowSum);
  }
  return check_about(row);
}

template <class Rows>
Result<void> check_rows(const Rows& rows, int limit) {
  if (rows.size() > limit) return over("rows of a bucket", static_cast<std::uint64_t>(limit));
  for (const auto& row : rows) {
    if (auto checked = check_row(row); !checked) return checked;
  }
  return {};
}

Result<void> check_content(const v1::Bucket& bucket) {
  if (bucket.sequence() == 0 || bucket.sequence() > kLastSequence) {
    return invalid("sequences count from 1");
  }
  if (!read_time(bucket.start())) return invalid("its start is no time");
  auto checked = check_rows(bucket.http(), kMaxBucketRows);
  if (checked) checked = check_rows(bucket.http_overflow(), kMaxBucketOverflowRows);
  if (checked) checked = check_rows(bucket.tcp(), kMaxBucketRows);
  if (checked) checked = check_rows(bucket.tcp_overflow(), kMaxBucketOverflowRows);
  return checked;
}

}  // namespace

std::optional<WallTime> read_time(const google::protobuf::Timestamp& time) {
  if (time.seconds() <= 0 || time.seconds() > kLastSecond || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos()));
}

WallTime nearest_time(WallTime time) {
  return std::clamp(time, WallTime(std::chrono::seconds(1)),
                    WallTime(std::chrono::seconds(kLastSecond)));
}

Result<void> check_reporter(const v1::Reporter& reporter) {
  auto checked = check_texts({{"reporter.cluster", reporter.cluster(), kMaxName},
                              {"reporter.namespace", reporter.namespace_(), kMaxName},
                              {"reporter.workload", reporter.workload(), kMaxName},
                              {"reporter.workload_kind", reporter.workload_kind(), kMaxWord},
                              {"reporter.pod", reporter.pod(), kMaxName},
                              {"reporter.version", reporter.version(), kMaxWord},
                              {"reporter.service_account", reporter.service_account(), kMaxName},
                              {"reporter.proxy_version", reporter.proxy_version(), kMaxWord}});
  if (!checked) return checked;
  if (reporter.namespace_().empty() || reporter.workload().empty()) {
    return invalid("the reporter names no workload");
  }
  if (reporter.instance().size() != kIdOctets || reporter.boot().size() != kIdOctets) {
    return invalid("instance and boot are 16 octets each");
  }
  return {};
}

Result<void> check_bucket(const v1::Bucket& bucket) {
  auto checked = check_content(bucket);
  if (checked) return checked;
  return fail(
      std::move(checked.error()).with_context("bucket " + std::to_string(bucket.sequence())));
}

}  // namespace seine::telemetry
