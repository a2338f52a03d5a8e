// SPDX-License-Identifier: Apache-2.0
#include "dive/store/series.h"

#include <utility>

#include "crypto/digest.h"
#include "dive/store/packed.h"
#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::dive {

namespace wire = telemetry::v1;

const std::string_view kSeriesColumns =
    "kind, overflow, direction, reporter_namespace, reporter_workload, reporter_kind,"
    " reporter_version, target_service, target_namespace, target_port, authority, route,"
    " peer_namespace, peer_workload, peer_kind, peer_version, peer_identity, no_tls_reason,"
    " http_status, grpc_status, cause, excluded";

namespace {

void set_reporter(const wire::Reporter& reporter, Series& out) {
  out.reporter_namespace = reporter.namespace_();
  out.reporter_workload = reporter.workload();
  out.reporter_kind = reporter.workload_kind();
  out.reporter_version = reporter.version();
}

template <class Row>
Series about(const wire::Reporter& reporter, const Row& row) {
  Series out;
  set_reporter(reporter, out);
  out.direction = static_cast<Direction>(row.direction());
  out.target_service = row.target().service();
  out.target_namespace = row.target().namespace_();
  out.target_port = row.target().port();
  out.authority = row.target().authority();
  out.peer_namespace = row.peer().namespace_();
  out.peer_workload = row.peer().workload();
  out.peer_kind = row.peer().workload_kind();
  out.peer_version = row.peer().version();
  out.peer_identity = row.peer().identity();
  out.no_tls_reason = row.peer().no_tls_reason();
  out.cause = row.cause();
  return out;
}

// Takes the columns of a row one after the other; what is not there or not of the type fails.
class ColumnReader {
 public:
  ColumnReader(const sql::Values& row, std::size_t first) : row_(row), next_(first) {}

  std::string text() {
    auto value = sql::get<std::string>(row_, next_++);
    if (!value) return keep(std::move(value.error())), std::string();
    return *std::move(value);
  }
  std::int64_t number() {
    auto value = sql::get<std::int64_t>(row_, next_++);
    if (!value) return keep(std::move(value.error())), 0;
    return *value;
  }
  Result<void> result() { return std::move(result_); }

 private:
  void keep(Error error) {
    if (result_) result_ = fail(std::move(error));
  }
  const sql::Values& row_;
  std::size_t next_;
  Result<void> result_;
};

}  // namespace

Series series_of(const wire::Reporter& reporter, const wire::HttpRow& row) {
  Series out = about(reporter, row);
  out.kind = SeriesKind::kHttp;
  out.route = row.route();
  out.http_status = row.http_status();
  out.grpc_status = row.grpc_status();
  out.excluded = row.excluded();
  return out;
}

Series series_of(const wire::Reporter& reporter, const wire::TcpRow& row) {
  Series out = about(reporter, row);
  out.kind = SeriesKind::kTcp;
  return out;
}

Series overflow_of(const wire::Reporter& reporter, SeriesKind kind, Direction direction) {
  Series out;
  set_reporter(reporter, out);
  out.kind = kind;
  out.overflow = true;
  out.direction = direction;
  return out;
}

Series coverage_of(const wire::Reporter& reporter) {
  Series out;
  set_reporter(reporter, out);
  out.reporter_version.clear();
  out.kind = SeriesKind::kCoverage;
  return out;
}

std::string canonical_key(const Series& series) {
  PackedWriter out;
  out.number(static_cast<std::uint64_t>(series.kind));
  out.number(static_cast<std::uint64_t>(series.direction));
  out.number((series.overflow ? 1U : 0U) | (series.excluded ? 2U : 0U));
  for (const std::string* text :
       {&series.reporter_namespace, &series.reporter_workload, &series.reporter_kind,
        &series.reporter_version, &series.target_service, &series.target_namespace,
        &series.authority, &series.route, &series.peer_namespace, &series.peer_workload,
        &series.peer_kind, &series.peer_version, &series.peer_identity, &series.no_tls_reason,
        &series.cause}) {
    out.text(*text);
  }
  for (const std::int64_t number : {series.target_port, series.http_status, series.grpc_status}) {
    out.number(static_cast<std::uint64_t>(number));
  }
  const sql::Blob bytes = out.take();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

sql::Blob digest_of(std::string_view canonical_key) {
  const crypto::Sha256 digest = crypto::sha256(canonical_key);
  const auto bytes = std::as_bytes(std::span(digest));
  return {bytes.begin(), bytes.end()};
}

sql::Values values_of(const Series& series) {
  return {static_cast<std::int64_t>(series.kind),
          std::int64_t{series.overflow},
          static_cast<std::int64_t>(series.direction),
          series.reporter_namespace,
          series.reporter_workload,
          series.reporter_kind,
          series.reporter_version,
          series.target_service,
          series.target_namespace,
          series.target_port,
          series.authority,
          series.route,
          series.peer_namespace,
          series.peer_workload,
          series.peer_kind,
          series.peer_version,
          series.peer_identity,
          series.no_tls_reason,
          series.http_status,
          series.grpc_status,
          series.cause,
          std::int64_t{series.excluded}};
}

Result<Series> series_from(const sql::Values& row, std::size_t first) {
  ColumnReader in(row, first);
  Series out;
  out.kind = static_cast<SeriesKind>(in.number());
  out.overflow = in.number() != 0;
  out.direction = static_cast<Direction>(in.number());
  for (std::string* text : {&out.reporter_namespace, &out.reporter_workload, &out.reporter_kind,
                            &out.reporter_version, &out.target_service, &out.target_namespace}) {
    *text = in.text();
  }
  out.target_port = in.number();
  for (std::string* text :
       {&out.authority, &out.route, &out.peer_namespace, &out.peer_workload, &out.peer_kind,
        &out.peer_version, &out.peer_identity, &out.no_tls_reason}) {
    *text = in.text();
  }
  out.http_status = in.number();
  out.grpc_status = in.number();
  out.cause = in.text();
  out.excluded = in.number() != 0;
  if (auto read = in.result(); !read) return fail(std::move(read.error()));
  return out;
}

}  // namespace seine::dive
