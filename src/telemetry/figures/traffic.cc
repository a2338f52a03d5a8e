// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/traffic.h"

#include <chrono>

#include "model/verdict.h"
#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::telemetry {

std::optional<Duration> Traffic::quantile(double q) const {
  const auto latency_at = latency.quantile(q);
  if (!latency_at) return std::nullopt;
  return std::chrono::ceil<Duration>(*latency_at);
}

void Traffic::add(const seine::telemetry::v1::HttpRow& row) {
  switch (model::judge({.http_status = row.http_status(),
                        .grpc_status = row.grpc_status(),
                        .cause = row.cause(),
                        .excluded = row.excluded()})) {
    case model::Verdict::kExcluded: excluded += row.count(); return;
    case model::Verdict::kCancelled: cancelled += row.count(); return;
    case model::Verdict::kSuccess: success += row.count(); break;
    case model::Verdict::kFailure: failure += row.count(); break;
  }
  const auto& histogram = row.latency();
  latency.add({histogram.index().data(), static_cast<std::size_t>(histogram.index_size())},
              {histogram.count().data(), static_cast<std::size_t>(histogram.count_size())});
}

void Traffic::add_overflow(const seine::telemetry::v1::HttpRow& row) {
  unjudged += row.count();
}

void Traffic::add(const seine::telemetry::v1::TcpRow& row) {
  has_tcp = true;
  open += row.open();
  opened += row.opened();
  closed += row.closed();
  if (!row.cause().empty()) failed += row.closed();
  read_bytes += row.read_bytes();
  written_bytes += row.written_bytes();
}

}  // namespace seine::telemetry
