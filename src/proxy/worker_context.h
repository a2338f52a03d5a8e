// SPDX-License-Identifier: Apache-2.0
// What everything on one worker's loop works with. Borrowed; outlives all of it.
#pragma once

#include <cstddef>

#include "base/log.h"
#include "proxy/balance/p2c.h"
#include "proxy/config.h"
#include "proxy/first_speakers.h"
#include "proxy/in_flight_limit.h"
#include "proxy/inbound/rate_limiter.h"
#include "proxy/tap/tap_exchange.h"
#include "proxy/telemetry.h"
#include "proxy/tls_state.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"

namespace seine::telemetry {
class Recorder;
}

namespace seine::proxy {

class AccessLog;
class Tracer;

// What holds for all workers together.
struct SharedLimits {
  explicit SharedLimits(const Config& config)
      : buffers(config.memory_limit),
        in_flight(config.inbound.max_in_flight, config.outbound.max_in_flight, &buffers) {}
  runtime::ByteBudget buffers;
  InFlightLimits in_flight;
  RateLimiters rates;
  BothFirstSpeakers first_speakers;
};

struct WorkerContext {
  runtime::EventLoop& loop;
  const Config& config;
  const Log& log;
  Telemetry& telemetry;
  InFlightLimits& in_flight;    // of SharedLimits
  RateLimiters& rate_limiters;  // of SharedLimits
  BothFirstSpeakers& first_speakers;
  TlsState& tls;
  runtime::Drain& drain;
  FastRandom& random;
  TapSet& taps;
  std::size_t core;                         // index of this loop's cells in the metrics
  telemetry::Recorder* recorder = nullptr;  // null: nobody asked for telemetry
  AccessLog* access_log = nullptr;          // null: nobody asked for it
  Tracer* tracer = nullptr;                 // null: nobody takes traces
};

}  // namespace seine::proxy
