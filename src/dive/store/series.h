// SPDX-License-Identifier: Apache-2.0
// Whose counts they are and of what: what stays the same from bucket to bucket. Pods are left out,
// and whether HTTP/1 was carried over HTTP/2: what differs in these alone is added up. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dive/store/counts.h"
#include "sql/value.h"

namespace seine::telemetry::v1 {
class HttpRow;
class Reporter;
class TcpRow;
}  // namespace seine::telemetry::v1

namespace seine::dive {

enum class Direction : std::uint8_t { kNone = 0, kInbound = 1, kOutbound = 2 };

struct Series {
  SeriesKind kind = SeriesKind::kHttp;
  // What was beyond a cap, the proxy's or ours: only the reporter and the direction are known.
  bool overflow = false;
  Direction direction = Direction::kNone;  // none of coverage
  // Who counted. Of coverage without the version.
  std::string reporter_namespace;
  std::string reporter_workload;
  std::string reporter_kind;
  std::string reporter_version;
  // What a request was to.
  std::string target_service;
  std::string target_namespace;
  std::int64_t target_port = 0;
  std::string authority;
  std::string route;
  // The other end.
  std::string peer_namespace;
  std::string peer_workload;
  std::string peer_kind;
  std::string peer_version;
  std::string peer_identity;
  std::string no_tls_reason;
  // How it ended.
  std::int64_t http_status = 0;
  std::int64_t grpc_status = -1;
  std::string cause;
  bool excluded = false;

  friend bool operator==(const Series&, const Series&) = default;
};

Series series_of(const telemetry::v1::Reporter& reporter, const telemetry::v1::HttpRow& row);
Series series_of(const telemetry::v1::Reporter& reporter, const telemetry::v1::TcpRow& row);
Series overflow_of(const telemetry::v1::Reporter& reporter, SeriesKind kind, Direction direction);
Series coverage_of(const telemetry::v1::Reporter& reporter);

// Octets that are the same for equal series and for no others.
std::string canonical_key(const Series& series);
// SHA-256 of it, by which the database finds a series: keys may be longer than its indexes take.
sql::Blob digest_of(std::string_view canonical_key);

// The columns of a series in the database in this order, the way back from a row that has them
// from `first` on, and their values.
extern const std::string_view kSeriesColumns;
inline constexpr std::size_t kSeriesColumnCount = 22;
sql::Values values_of(const Series& series);
Result<Series> series_from(const sql::Values& row, std::size_t first);

}  // namespace seine::dive
