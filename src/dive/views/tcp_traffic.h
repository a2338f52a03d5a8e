// SPDX-License-Identifier: Apache-2.0
// What was forwarded as it came, of services whose bytes say nothing of requests. Pure.
#pragma once

#include <cstdint>

#include "dive/store/count_query.h"

namespace seine::dive {

struct TcpTraffic {
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  std::uint64_t failed = 0;       // of those closed: with a cause
  std::uint64_t from_caller = 0;  // bytes
  std::uint64_t to_caller = 0;

  bool empty() const { return opened + closed + from_caller + to_caller == 0; }
  friend bool operator==(const TcpTraffic&, const TcpTraffic&) = default;
};
void add(TcpTraffic& sum, const TcpTraffic& other);
TcpTraffic tcp_of(const CountedSeries& series);

// Of one service or edge. Servers count connections whatever they carry, callers those whose bytes
// are forwarded as they are: with requests, what servers saw is those requests again.
struct TcpViews {
  TcpTraffic callers;
  TcpTraffic servers;
  void add(const CountedSeries& series);
  TcpTraffic beside(bool has_requests) const;
};

}  // namespace seine::dive
