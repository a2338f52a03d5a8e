// SPDX-License-Identifier: Apache-2.0
// A History as Prometheus would have scraped it each minute from the callers' proxies: one counter
// for each caller's pod, service, version of who answered, route and status. A counter begins with
// its pod, and is there from the first request that it counts.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dive/history.h"

namespace seine::bench {

class OpenMetrics {
 public:
  // `history` outlives it.
  explicit OpenMetrics(const History& history);

  // Minutes of [from, to), which follow those of the call before, in a file that is replaced.
  // Returns how many samples there are.
  Result<std::uint64_t> write(const std::string& path, Minute from, Minute to);

 private:
  struct Counter {
    std::uint64_t value = 0;
    std::string series;
  };
  struct Service {
    std::int64_t caller_version = -1;
    std::int64_t version = -1;
    std::vector<Counter> counters;  // good and bad of each route
  };
  void begin_lives(int service, Minute minute);

  const History& history_;
  std::vector<Service> services_;
};

}  // namespace seine::bench
