// SPDX-License-Identifier: Apache-2.0
// Which trace a request belongs to, and which span sent it, as its headers say: W3C's traceparent,
// OpenCensus's grpc-trace-bin, Zipkin's B3 in one header or in several. Pure. Strict: what is not
// written as its specification has it is no trace, and is passed on as it came.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "http/headers.h"

namespace seine::proxy {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

enum class TraceFormat : std::uint8_t { kW3c, kGrpcTraceBin, kB3Single, kB3Multi };

struct TraceContext {
  TraceFormat format = TraceFormat::kW3c;
  TraceId trace_id{};
  SpanId span_id{};  // of whoever sent the request
  bool is_sampled = false;
  std::uint8_t flags = 0;  // W3C's and OpenCensus's: bit 0 is sampled
  bool is_short = false;   // B3: the identifier of the trace has 64 bits
  bool is_debug = false;   // B3: sampled by whoever asks for all of it

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

// In the order of the formats above; the first that is there decides, if it can be read or not.
std::optional<TraceContext> read_trace(const http::Headers& headers);

// Whether they say of a trace that they do not name that it is not to be sampled, as B3 does by a
// decision alone.
bool denies_sampling(const http::Headers& headers);

// Has the request come from `span`, a child of the context's. In the format of the context; what
// else the headers say, tracestate too, is left as it is.
void write_trace(const TraceContext& context, const SpanId& span, http::Headers& headers);

}  // namespace seine::proxy
