// SPDX-License-Identifier: Apache-2.0
#include "dive/views/rows_of_counts.h"

#include <algorithm>
#include <map>
#include <utility>

namespace seine::dive {

RowFacts facts_of(const Series& series) {
  RowFacts out;
  out.is_overflow = series.overflow;
  out.direction = series.direction == Direction::kOutbound ? telemetry::Direction::kOutbound
                                                           : telemetry::Direction::kInbound;
  out.reporter = {.ns = series.reporter_namespace,
                  .workload = series.reporter_workload,
                  .version = series.reporter_version};
  out.target = {.service = series.target_service,
                .ns = series.target_namespace,
                .port = static_cast<std::uint16_t>(
                    std::clamp<std::int64_t>(series.target_port, 0, UINT16_MAX)),
                .authority = series.authority};
  out.route = series.route;
  out.peer = {.ns = series.peer_namespace,
              .workload = series.peer_workload,
              .version = series.peer_version};
  out.peer_identity = series.peer_identity;
  out.http_status =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(series.http_status, 0, 999));
  out.grpc_status =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(series.grpc_status, -1, INT32_MAX));
  out.cause = series.cause;
  out.is_excluded = series.excluded;
  return out;
}

std::vector<CountRows> rows_of(std::vector<CountedSeries> series,
                               std::span<const KeptExemplar> exemplars) {
  std::map<std::int64_t, std::vector<Example>> examples;
  for (const KeptExemplar& each : exemplars) {
    examples[each.series].push_back({.ended_at = each.ended_at,
                                     .latency = each.latency,
                                     .method = each.method,
                                     .path = each.path,
                                     .trace_id = each.trace_id,
                                     .detail = each.detail});
  }
  std::vector<CountRows> out;
  out.reserve(series.size());
  for (CountedSeries& each : series) {
    CountRows rows{.facts = facts_of(each.series), .slots = {}, .examples = {}};
    rows.slots.reserve(each.slots.size());
    for (CountedSlot& slot : each.slots) {
      rows.slots.push_back({.end = slot.end,
                            .length = slot.length,
                            .count = slot.counts.sums[kRequests],
                            .latency = std::move(slot.counts.latency)});
    }
    if (const auto found = examples.find(each.id); found != examples.end()) {
      rows.examples = std::move(found->second);
    }
    out.push_back(std::move(rows));
  }
  return out;
}

Coverage coverage_of(const CoveredSlot& slot) {
  const auto milliseconds = [](Duration time) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, std::chrono::floor<std::chrono::milliseconds>(time).count()));
  };
  const std::uint64_t measured = milliseconds(slot.measured);
  const std::uint64_t expected = milliseconds(slot.expected);
  if (expected == 0) return {.measured = measured, .expected = measured};
  return {.measured = std::min(measured, expected), .expected = expected};
}

std::vector<CoverageSlot> coverage_of(std::span<const CoveredWorkload> covered) {
  std::vector<CoverageSlot> out;
  for (const CoveredWorkload& workload : covered) {
    for (const CoveredSlot& slot : workload.slots) {
      out.push_back({.end = slot.end, .length = slot.length, .coverage = coverage_of(slot)});
    }
  }
  return out;
}

Duration counted_time(std::span<const CoveredWorkload* const> covered) {
  std::map<WallTime, Duration> slots;
  for (const CoveredWorkload* workload : covered) {
    for (const CoveredSlot& slot : workload->slots) {
      Duration& time = slots[slot.end];
      time = std::max(time, std::min(slot.length, slot.measured));
    }
  }
  Duration out{};
  for (const auto& [end, time] : slots) out += time;
  return out;
}

Duration counted_time(std::span<const CoveredWorkload> covered) {
  std::vector<const CoveredWorkload*> all;
  for (const CoveredWorkload& each : covered) all.push_back(&each);
  return counted_time(all);
}

}  // namespace seine::dive
