// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/tally.h"

#include <algorithm>

namespace seine::dive {
namespace {

void add(std::uint64_t& sum, std::uint64_t count) {
  sum = std::min(kMaxCount, sum + std::min(count, kMaxCount));
}

Tally tally_latency(Duration threshold, const telemetry::LatencyHistogram& latency) {
  Tally out;
  for (const auto& [bucket, count] : latency.counts()) {
    const telemetry::LatencyBounds bounds = telemetry::latency_bounds(bucket);
    if (bounds.upper <= threshold) {
      add(out.counts.good, count);
      continue;
    }
    add(out.counts.bad, count);
    if (bounds.lower < threshold) add(out.unsure, count);
  }
  return out;
}

}  // namespace

Outcomes& Outcomes::operator+=(const Outcomes& other) {
  add(good, other.good);
  add(bad, other.bad);
  return *this;
}

Tally& Tally::operator+=(const Tally& other) {
  counts += other.counts;
  add(excluded, other.excluded);
  add(cancelled, other.cancelled);
  add(unjudged, other.unjudged);
  add(unsure, other.unsure);
  return *this;
}

Tally tally_success(const model::ResponseFacts& facts, std::uint64_t count) {
  Tally out;
  switch (model::judge(facts)) {
    case model::Verdict::kExcluded: add(out.excluded, count); break;
    case model::Verdict::kCancelled: add(out.cancelled, count); break;
    case model::Verdict::kFailure: add(out.counts.bad, count); break;
    case model::Verdict::kSuccess: add(out.counts.good, count); break;
  }
  return out;
}

Tally tally_row(const Objective& objective, const model::ResponseFacts& facts, std::uint64_t count,
                const telemetry::LatencyHistogram& latency) {
  Tally out = tally_success(facts, count);
  if (!objective.latency) return out;
  if (out.counts.good > 0) return tally_latency(*objective.latency, latency);
  out.counts = {};
  return out;
}

Tally tally_overflow(std::uint64_t count) {
  Tally out;
  add(out.unjudged, count);
  return out;
}

void Views::add_outbound(const Tally& row) {
  callers += row;
  verdict += row;
}

void Views::add_inbound(const Tally& row, bool meshed_caller) {
  servers += row;
  if (!meshed_caller) verdict += row;
}

}  // namespace seine::dive
