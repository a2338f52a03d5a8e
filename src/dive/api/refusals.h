// SPDX-License-Identifier: Apache-2.0
// What was not taken of agents, and why. All is counted; of a message that can never be taken, and
// is lost by that, there is a line in the log as well, a few of them a minute. One loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/log.h"
#include "base/time.h"
#include "metrics/registry.h"

namespace seine::dive {

class Refusals {
 public:
  static constexpr Duration kLinesEvery = std::chrono::minutes(1);
  static constexpr std::uint64_t kMaxLines = 10;  // in that time; the next one says how many more

  // All of them outlive it. `core` is that of its loop.
  Refusals(const Clock& clock, const Log& log, metrics::Registry& registry, std::size_t core);

  // seine_dive_agent_refused_total{method, reason}. Methods are those of dive.v1.Cluster, or
  // "connect"; reasons are "message", "connections", "streams", "key" where another key has
  // followed, "unauthenticated", and names of errors.
  void count(std::string_view method, std::string_view reason);
  // One that can never be taken.
  void count_message(std::string_view method, std::string_view cluster, std::uint64_t sequence,
                     std::string_view why);

 private:
  const Clock& clock_;
  const Log& log_;
  const std::size_t core_;
  metrics::Family<metrics::Counter>& refused_;
  TimePoint lines_since_{};
  std::uint64_t lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace seine::dive
