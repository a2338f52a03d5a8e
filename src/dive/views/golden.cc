// SPDX-License-Identifier: Apache-2.0
#include "dive/views/golden.h"

#include "model/verdict.h"

namespace seine::dive {

namespace {

// telemetry::LatencyHistogram::quantile(), the one way in which Seine makes a latency of counts.
std::optional<Duration> latency_at(const telemetry::LatencyHistogram& latency, double quantile) {
  const auto found = latency.quantile(quantile);
  if (!found) return std::nullopt;
  return std::chrono::ceil<Duration>(*found);
}

std::uint64_t count_lasting(const telemetry::LatencyHistogram& latency) {
  std::uint64_t sum = 0;
  for (const auto& each : latency.counts()) {
    if (telemetry::latency_bounds(each.bucket).lower >= kLasting) sum += each.count;
  }
  return sum;
}

}  // namespace

bool is_of_verdict(const RowFacts& facts) {
  return !facts.is_inbound() || !facts.has_meshed_caller();
}

void GoldenSum::add(const CountRows& rows) {
  for (const RowSlot& slot : rows.slots) add(rows.facts, slot);
}

void GoldenSum::add(const RowFacts& facts, const RowSlot& slot) {
  if (facts.is_overflow) return;
  const Tally tally = tally_success(facts.response(), slot.count);
  tally_ += tally;
  if (tally.counts.total() > 0) latency_.merge(slot.latency);
}

Golden GoldenSum::finish(Duration counted_for) const {
  return {.counts = tally_.counts,
          .excluded = tally_.excluded,
          .cancelled = tally_.cancelled,
          .counted_for = counted_for,
          .lasting = count_lasting(latency_),
          .p50 = latency_at(latency_, 0.5),
          .p95 = latency_at(latency_, 0.95),
          .p99 = latency_at(latency_, 0.99)};
}

}  // namespace seine::dive
