// SPDX-License-Identifier: Apache-2.0
// Peak-EWMA load of one endpoint: the expected round-trip time times what is in flight. A slow
// answer counts at once, a fast one slowly; an endpoint left alone is forgiven with time. A penalty
// is a round trip that nobody waited for, and is forgiven by itself.
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
  // Until it has decayed, with `decay` of its own, the load is of such a round trip at least.
  void penalise(Duration penalty, Duration decay, TimePoint now);
  // Lower is better.
  double load(TimePoint now) const;

  void begin() { ++pending_; }
  void end() { --pending_; }
  std::uint32_t pending() const { return pending_; }

 private:
  double decayed(TimePoint now) const;
  double penalty(TimePoint now) const;

  double rtt_;  // nanoseconds
  double decay_;
  TimePoint updated_;
  std::uint32_t pending_ = 0;
  double penalty_ = 0;  // nanoseconds; 0: none
  double penalty_decay_ = 1;
  TimePoint penalised_;
};

}  // namespace seine::proxy
