// SPDX-License-Identifier: Apache-2.0
#include "dive/store/check_message.h"

#include <string>
#include <string_view>
#include <utility>

#include "dive/store/store_limits.h"
#include "dive/v1/cluster.pb.h"
#include "telemetry/latency_buckets.h"

namespace seine::dive {

namespace wire = seine::telemetry::v1;

namespace {

constexpr std::int64_t kLastSecond = 8'000'000'000;  // in the year 2223

std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}
std::unexpected<Error> over(std::string_view what, std::size_t limit) {
  return fail(ErrorCode::kLimit, std::string(what) + " over " + std::to_string(limit));
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
    if (each.text.find('\0') != std::string::npos) {
      return invalid(std::string(each.name) + " has an octet of 0");
    }
  }
  return {};
}

bool is_time(const google::protobuf::Timestamp& time) {
  return time.seconds() > 0 && time.seconds() <= kLastSecond && time.nanos() >= 0 &&
         time.nanos() <= 999'999'999;
}

template <class Row>
Result<void> check_about(const Row& row) {
  if (row.direction() != wire::INBOUND && row.direction() != wire::OUTBOUND) {
    return invalid("a row has no direction");
  }
  return check_texts({{"target.service", row.target().service(), kMaxName},
                      {"target.namespace", row.target().namespace_(), kMaxName},
                      {"target.authority", row.target().authority(), kMaxRoute},
                      {"peer.namespace", row.peer().namespace_(), kMaxName},
                      {"peer.workload", row.peer().workload(), kMaxName},
                      {"peer.workload_kind", row.peer().workload_kind(), kMaxWord},
                      {"peer.version", row.peer().version(), kMaxWord},
                      {"peer.identity", row.peer().identity(), kMaxIdentity},
                      {"peer.no_tls_reason", row.peer().no_tls_reason(), kMaxWord},
                      {"cause", row.cause(), kMaxWord}});
}

Result<void> check_histogram(const wire::HttpRow& row) {
  const wire::Histogram& latency = row.latency();
  if (latency.index_size() != latency.count_size()) return invalid("a histogram is torn");
  std::uint64_t total = 0;
  for (int i = 0; i < latency.index_size(); ++i) {
    if (latency.index(i) >= telemetry::kLatencyBuckets ||
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

Result<void> check_row(const wire::HttpRow& row) {
  if (auto checked = check_about(row); !checked) return checked;
  if (auto checked = check_texts({{"route", row.route(), kMaxRoute}}); !checked) return checked;
  if (row.count() > kMaxRowCount) return over("requests of a row", kMaxRowCount);
  if (row.latency().sum_microseconds() > kMaxRowSum) return over("latency of a row", kMaxRowSum);
  if (auto checked = check_histogram(row); !checked) return checked;
  if (row.exemplars_size() > kMaxRowExemplars) {
    return over("exemplars of a row", static_cast<std::size_t>(kMaxRowExemplars));
  }
  for (const wire::Exemplar& exemplar : row.exemplars()) {
    if (exemplar.has_ended_at() && !is_time(exemplar.ended_at())) {
      return invalid("exemplar.ended_at is no time");
    }
    if (auto checked = check_texts({{"exemplar.method", exemplar.method(), kMaxWord},
                                    {"exemplar.path", exemplar.path(), kMaxDetail},
                                    {"exemplar.trace_id", exemplar.trace_id(), kMaxWord},
                                    {"exemplar.detail", exemplar.detail(), kMaxDetail}});
        !checked) {
      return checked;
    }
  }
  return {};
}

Result<void> check_row(const wire::TcpRow& row) {
  if (row.opened() > kMaxRowCount || row.closed() > kMaxRowCount) {
    return over("connections of a row", kMaxRowCount);
  }
  if (row.read_bytes() > kMaxRowSum || row.written_bytes() > kMaxRowSum) {
    return over("bytes of a row", kMaxRowSum);
  }
  return check_about(row);
}

template <class Rows>
Result<void> check_rows(const Rows& rows, int limit) {
  if (rows.size() > limit) return over("rows of a bucket", static_cast<std::size_t>(limit));
  for (const auto& row : rows) {
    if (auto checked = check_row(row); !checked) return checked;
  }
  return {};
}

Result<void> check_reporter(const wire::Reporter& reporter) {
  if (reporter.instance().size() != kIdOctets || reporter.boot().size() != kIdOctets) {
    return invalid("instance and boot are 16 octets each");
  }
  if (reporter.namespace_().empty() || reporter.workload().empty()) {
    return invalid("the reporter names no workload");
  }
  return check_texts({{"reporter.namespace", reporter.namespace_(), kMaxName},
                      {"reporter.workload", reporter.workload(), kMaxName},
                      {"reporter.workload_kind", reporter.workload_kind(), kMaxWord},
                      {"reporter.version", reporter.version(), kMaxWord}});
}

Result<void> check_bucket(const ::dive::v1::CountedBucket& counted) {
  if (auto checked = check_reporter(counted.reporter()); !checked) return checked;
  const wire::Bucket& bucket = counted.bucket();
  if (bucket.sequence() == 0 || bucket.sequence() >> 62 != 0) return invalid("it has no sequence");
  if (!is_time(bucket.start())) return invalid("its start is no time");
  if (counted.has_received_at() && !is_time(counted.received_at())) {
    return invalid("received_at is no time");
  }
  if (auto checked = check_rows(bucket.http(), kMaxBucketRows); !checked) return checked;
  if (auto checked = check_rows(bucket.http_overflow(), kMaxBucketOverflowRows); !checked) {
    return checked;
  }
  if (auto checked = check_rows(bucket.tcp(), kMaxBucketRows); !checked) return checked;
  return check_rows(bucket.tcp_overflow(), kMaxBucketOverflowRows);
}

}  // namespace

Result<void> check_envelope(const ::dive::v1::Envelope& envelope) {
  if (envelope.epoch().size() != kIdOctets) return invalid("an epoch is 16 octets");
  if (envelope.sequence() == 0 || envelope.sequence() >> 62 != 0) {
    return invalid("sequences count from 1");
  }
  if (envelope.has_sent_at() && !is_time(envelope.sent_at())) return invalid("sent_at is no time");
  return {};
}

Result<void> check_message(const ::dive::v1::MetricMessage& message) {
  if (message.buckets_size() > kMaxMessageBuckets) {
    return over("buckets of a message", static_cast<std::size_t>(kMaxMessageBuckets));
  }
  if (message.has_complete_until() && !is_time(message.complete_until())) {
    return invalid("complete_until is no time");
  }
  for (const ::dive::v1::CountedBucket& counted : message.buckets()) {
    if (auto checked = check_bucket(counted); !checked) {
      return fail(std::move(checked.error())
                      .with_context("bucket " + std::to_string(counted.bucket().sequence()) +
                                    " of " + counted.reporter().workload()));
    }
  }
  return {};
}

}  // namespace seine::dive
