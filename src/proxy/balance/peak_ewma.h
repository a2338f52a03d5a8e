// SPDX-License-Identifier: Apache-2.0
// Peak-EWMA load of one endpoint: the expected round-trip time times what is in flight. A slow
// answer counts at once, a fast one slowly; an endpoint left alone is forgiven with time.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace seine::proxy {

class PeakEwma {
 public:
  // `default_rtt`: assumed until something was measured (at least 1 ms). `decay`: after this long
  // an old measurement has lost 63 % of its weight.
  PeakEwma(Duration default_rtt, Duration decay, TimePoint now);

  void record(Duration rtt, TimePoint now);
  // Lower is better.
  double load(TimePoint now) const;

  void begin() { ++pending_; }
  void end() { --pending_; }
  std::uint32_t pending() const { return pending_; }

 private:
  double decayed(TimePoint now) const;

  double rtt_;  // nanoseconds
  double decay_;
  TimePoint updated_;
  std::uint32_t pending_ = 0;
};

}  // namespace seine::proxy
