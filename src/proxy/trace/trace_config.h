// SPDX-License-Identifier: Apache-2.0
// What the environment says of traces: Linkerd's TRACE_* and OpenTelemetry's own variables, and our
// SEINE_PROXY_TRACE_*.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "proxy/environment.h"

namespace seine::proxy {

using TraceAttributes = std::vector<std::pair<std::string, std::string>>;

// What one process says of itself, whatever the sources.
inline constexpr std::size_t kMaxResourceAttributes = 128;
inline constexpr std::size_t kMaxResourceText = 1024;  // bytes of a key and of a value

struct TraceConfig {
  std::string attributes_path;  // a file of the downward API; empty: none
  TraceAttributes attributes;   // of the environment; of a key that is there twice the last holds
  double start_ratio = 0;       // of requests that belong to no trace
  Duration interval{};          // after which spans are sent however few they are
};

// Called where a collector is named; its address is read by who knows control services.
TraceConfig read_trace_config(EnvironmentReader& env);

// Lines key="value" or key=value: labels and annotations as the downward API writes them. Lines
// that are none are left out.
TraceAttributes parse_attribute_lines(std::string_view text);

}  // namespace seine::proxy
