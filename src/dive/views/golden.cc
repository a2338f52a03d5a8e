// SPDX-License-Identifier: Apache-2.0
#include "dive/views/golden.h"

#include "model/verdict.h"

namespace seine::dive {

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
          .p50 = latency_within(latency_, 50),
          .p95 = latency_within(latency_, 95),
          .p99 = latency_within(latency_, 99)};
}

std::optional<Duration> latency_within(const telemetry::LatencyHistogram& latency,
                                       unsigned percent) {
  if (latency.total() == 0) return std::nullopt;
  // As 128 bits: counts of peers may be anything.
  const auto all = static_cast<unsigned __int128>(latency.total());
  unsigned __int128 so_far = 0;
  std::uint8_t bucket = 0;
  for (const auto& each : latency.counts()) {
    so_far += each.count;
    bucket = each.bucket;
    if (so_far * 100 >= all * percent) break;
  }
  return std::chrono::ceil<std::chrono::microseconds>(telemetry::latency_bounds(bucket).upper);
}

}  // namespace seine::dive
