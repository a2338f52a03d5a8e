// SPDX-License-Identifier: Apache-2.0
// A mesh's past that was never lived: how many requests each service's routes got in each minute,
// how they ended and how long they took, and which version of whom was running. The same for
// whoever asks, in any order, so that two stores can be given the same counts without one telling
// the other. Pure.
//
// Service i is called by the workload of service i + 1 alone, and answered by one pod of its own
// workload, which is replaced by the next version every four days.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seine::bench {

inline constexpr int kRoutes = 5;
inline constexpr std::int64_t kRolloutMinutes = 4 * 24 * 60;

// Minutes are those since 1970 by their beginning.
using Minute = std::int64_t;

struct Requests {
  std::uint32_t good = 0;
  std::uint32_t bad = 0;
  friend bool operator==(const Requests&, const Requests&) = default;
};

class History {
 public:
  explicit History(int services) : services_(services) {}

  int services() const { return services_; }
  int caller_of(int service) const { return (service + 1) % services_; }
  int callee_of(int service) const { return (service + services_ - 1) % services_; }
  std::string name(int service) const;

  Requests in_minute(int service, int route, Minute minute) const;
  // Of one sixth of it; all six are the whole.
  Requests in_ten_seconds(int service, int route, Minute minute, int sixth) const;
  // Counts up; whoever is replaced has a new one from this minute on.
  std::int64_t version(int service, Minute minute) const;

  // By the buckets of telemetry/latency_buckets.h: of so many requests.
  static void add_latencies(std::uint64_t seed, std::uint32_t requests,
                            std::vector<std::uint32_t>& by_bucket);

 private:
  const int services_;
};

// A number that looks random and depends on nothing else.
std::uint64_t scatter(std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0);

}  // namespace seine::bench
