// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/counted_time.h"

#include <algorithm>
#include <chrono>

#include "seine/telemetry/v1/window.pb.h"

namespace seine::telemetry {
namespace {

WallTime time_of(const google::protobuf::Timestamp& time) {
  return WallTime(std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos()));
}

}  // namespace

void CountedTime::add(WallTime from, WallTime to) {
  if (to <= from) return;
  const auto first = std::ranges::lower_bound(spans_, from, {}, &Span::to);
  auto last = first;
  for (; last != spans_.end() && last->from <= to; ++last) {
    from = std::min(from, last->from);
    to = std::max(to, last->to);
  }
  spans_.insert(spans_.erase(first, last), {from, to});
}

void CountedTime::add(const seine::telemetry::v1::Source& source) {
  for (const auto& span : source.counted()) add(time_of(span.from()), time_of(span.to()));
}

Duration CountedTime::total() const {
  Duration total{};
  for (const Span& span : spans_) total += span.to - span.from;
  return total;
}

}  // namespace seine::telemetry
