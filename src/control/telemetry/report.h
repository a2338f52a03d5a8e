// SPDX-License-Identifier: Apache-2.0
// A report of a proxy as values: read, and within its limits, which are those of
// telemetry/check_bucket.h and so of everybody who is told of it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "control/telemetry/count_table.h"
#include "control/telemetry/telemetry_limits.h"

namespace seine::telemetry::v1 {
class ReportRequest;
class Reporter;
}  // namespace seine::telemetry::v1

namespace seine::control {

// Who says that he counted; telemetry.v1's Reporter without the boot.
struct ReporterFacts {
  std::string cluster;
  std::string ns;
  std::string workload;
  std::string workload_kind;
  std::string pod;
  std::string version;
  std::string service_account;
  std::string proxy_version;
  std::string instance;
  Duration interval = kBucketInterval;
};

struct ReportedBucket {
  std::uint64_t sequence = 0;
  WallTime start;
  Duration length;
  bool has_length = true;  // false: it was cut off, and an interval is the longest it can be
  std::vector<CountTable<HttpCounts>::Entry> http;
  std::vector<CountTable<TcpCounts>::Entry> tcp;
};

struct Report {
  ReporterFacts reporter;
  std::string boot;
  std::optional<WallTime> sent_at;
  std::vector<ReportedBucket> buckets;
};

// Error kInvalidArgument for what can never be taken. Where that is a bucket, the message begins
// "bucket SEQUENCE: ".
Result<Report> decode_report(const seine::telemetry::v1::ReportRequest& request);
// Error kInvalidArgument.
Result<ReporterFacts> decode_reporter(const seine::telemetry::v1::Reporter& reporter);

}  // namespace seine::control
