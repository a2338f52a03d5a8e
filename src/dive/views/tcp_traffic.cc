// SPDX-License-Identifier: Apache-2.0
#include "dive/views/tcp_traffic.h"

#include <algorithm>

namespace seine::dive {
namespace {

// Stands still where sums of hostile counts would wrap.
void add(std::uint64_t& sum, std::uint64_t more) {
  sum = std::min(kMaxSum, std::min(kMaxSum, sum) + std::min(kMaxSum, more));
}

}  // namespace

void add(TcpTraffic& sum, const TcpTraffic& other) {
  add(sum.opened, other.opened);
  add(sum.closed, other.closed);
  add(sum.failed, other.failed);
  add(sum.from_caller, other.from_caller);
  add(sum.to_caller, other.to_caller);
}

TcpTraffic tcp_of(const CountedSeries& series) {
  const bool is_callers = series.series.direction == Direction::kOutbound;
  TcpTraffic out;
  for (const CountedSlot& slot : series.slots) {
    const auto& sums = slot.counts.sums;
    const std::uint64_t read = sums[kReadBytes], written = sums[kWrittenBytes];
    add(out, {.opened = sums[kOpened],
              .closed = sums[kClosed],
              .failed = series.series.cause.empty() ? 0 : sums[kClosed],
              .from_caller = is_callers ? written : read,
              .to_caller = is_callers ? read : written});
  }
  return out;
}

void TcpViews::add(const CountedSeries& series) {
  if (series.series.overflow) return;
  const bool is_callers = series.series.direction == Direction::kOutbound;
  dive::add(is_callers ? callers : servers, tcp_of(series));
}

TcpTraffic TcpViews::beside(bool has_requests) const {
  TcpTraffic out = callers;
  if (!has_requests) dive::add(out, servers);
  return out;
}

}  // namespace seine::dive
