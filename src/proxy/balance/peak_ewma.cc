// SPDX-License-Identifier: Apache-2.0
#include "proxy/balance/peak_ewma.h"

#include <algorithm>
#include <cmath>

namespace seine::proxy {

PeakEwma::PeakEwma(Duration default_rtt, Duration decay, TimePoint now)
    : rtt_(static_cast<double>(
          std::max<Duration>(default_rtt, std::chrono::milliseconds(1)).count())),
      decay_(static_cast<double>(std::max<Duration>(decay, std::chrono::milliseconds(1)).count())),
      updated_(now) {}

double PeakEwma::decayed(TimePoint now) const {
  const auto elapsed = static_cast<double>(std::max(now - updated_, Duration::zero()).count());
  return rtt_ * std::exp(-elapsed / decay_);
}

void PeakEwma::record(Duration rtt, TimePoint now) {
  const auto sample = static_cast<double>(rtt.count());
  if (sample > rtt_) {
    rtt_ = sample;
  } else {
    const double old = decayed(now);
    rtt_ = old + sample * (1.0 - (rtt_ > 0 ? old / rtt_ : 1.0));
  }
  updated_ = now;
}

double PeakEwma::load(TimePoint now) const {
  return decayed(now) * (pending_ + 1.0);
}

}  // namespace seine::proxy
