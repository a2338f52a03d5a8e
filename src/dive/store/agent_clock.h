// SPDX-License-Identifier: Apache-2.0
// The clock of a cluster's agent, as far as its messages tell. It is not kept: whoever starts anew
// hears again what was sent on a new connection. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "dive/v1/cluster.pb.h"
#include "telemetry/check_bucket.h"
#include "telemetry/clock_offset.h"

namespace seine::dive {

class AgentClock {
 public:
  // An envelope that was checked is read now, in the order of its stream.
  void hear(const ::dive::v1::Envelope& envelope, WallTime now) {
    if (!envelope.has_sent_at()) return;
    const auto sent_at = telemetry::read_time(envelope.sent_at());
    if (!sent_at) return;
    // What is sent later is never sent before, but by a clock that was set back. (An epoch begins
    // when what is left of the one before was sent.)
    if (envelope.epoch() != epoch_ || envelope.sequence() > sequence_) {
      if (*sent_at < sent_at_) offset_.forget();
      epoch_ = envelope.epoch();
      sequence_ = envelope.sequence();
      sent_at_ = *sent_at;
    }
    offset_.hear(*sent_at, now);
  }
  // Ours minus its own; 0 where it has told none.
  Duration behind() const { return offset_.behind().value_or(Duration::zero()); }

 private:
  telemetry::ClockOffset offset_;
  std::string epoch_;
  std::uint64_t sequence_ = 0;
  WallTime sent_at_{};
};

}  // namespace seine::dive
