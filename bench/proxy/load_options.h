// SPDX-License-Identifier: Apache-2.0
// What every load generator is told, and the flags that tell it.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "proxy/flags.h"
#include "proxy/wire.h"

namespace seine::bench {

inline constexpr std::size_t kMaxConnections = 20000;

struct LoadOptions {
  Address address;
  std::string host = "bench";
  std::size_t connections = 1;
  std::size_t expected_bytes = 1024;  // of pattern_body(), in every answer
  Duration warmup = std::chrono::milliseconds(500);
  Duration duration = std::chrono::seconds(2);  // of the measured window
  Duration timeout = std::chrono::seconds(5);   // of what, each generator says
};

// Flags::parse() for a generator that has, beside the flags below, --json, --announce and --hold,
// these of its own.
Result<Flags> parse_load_flags(int argc, char** argv, std::set<std::string_view> valued,
                               std::set<std::string_view> bare);

// From --address, --host, --connections, --expect-bytes, --warmup, --duration and --timeout. How
// many connections there may be is for the generator to say. Error kInvalidConfig.
Result<LoadOptions> load_options_from(const Flags& flags, const LoadOptions& defaults = {});

}  // namespace seine::bench
