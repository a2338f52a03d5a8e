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

double PeakEwma::penalty(TimePoint now) const {
  if (penalty_ == 0) return 0;
  const auto elapsed = static_cast<double>(std::max(now - penalised_, Duration::zero()).count());
  return penalty_ * std::exp(-elapsed / penalty_decay_);
}

void PeakEwma::penalise(Duration penalty, Duration decay, TimePoint now) {
  penalty_ = std::max(this->penalty(now), static_cast<double>(penalty.count()));
  penalty_decay_ =
      static_cast<double>(std::max<Duration>(decay, std::chrono::milliseconds(1)).count());
  penalised_ = now;
}

double PeakEwma::load(TimePoint now) const {
  return std::max(decayed(now), penalty(now)) * (pending_ + 1.0);
}

}  // namespace seine::proxy
