// SPDX-License-Identifier: Apache-2.0
#include "dive/history.h"

#include <algorithm>
#include <array>
#include <bit>

namespace seine::bench {
namespace {

// Requests of a minute, on average: one busy route, and one that is hardly called.
constexpr std::array<std::uint32_t, kRoutes> kUsual = {120, 60, 12, 3, 0};
constexpr std::uint64_t kRareEvery = 10;      // minutes between requests of the last
constexpr std::uint64_t kFailingPercent = 2;  // of minutes have failures, usually
constexpr int kUnwellEvery = 50;              // each so many services, one fails all the time

std::uint32_t share(std::uint32_t whole, int sixth) {
  const auto part = static_cast<std::uint32_t>(sixth);
  return whole * (part + 1) / 6 - whole * part / 6;
}

}  // namespace

std::uint64_t scatter(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  // The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
  // generators"), once a number.
  std::uint64_t x = 0;
  for (const std::uint64_t each : {a, b, c}) {
    x += each + 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    x ^= x >> 31;
  }
  return x;
}

std::string History::name(int service) const {
  std::string digits = std::to_string(service);
  return "s" + std::string(3 - std::min<std::size_t>(3, digits.size()), '0') + digits;
}

Requests History::in_minute(int service, int route, Minute minute) const {
  const auto where = static_cast<std::uint64_t>(service * kRoutes + route);
  const std::uint64_t dice = scatter(where, static_cast<std::uint64_t>(minute));
  const std::uint32_t usual = kUsual[static_cast<std::size_t>(route)];
  const auto all = usual == 0 ? static_cast<std::uint32_t>(dice % kRareEvery == 0)
                              : usual * static_cast<std::uint32_t>(50 + dice % 101) / 100;
  const std::uint64_t fate = dice >> 32;
  const bool is_unwell = service % kUnwellEvery == 7;
  std::uint32_t bad = 0;
  if (is_unwell || fate % 100 < kFailingPercent) {
    bad = std::min(all, 1 + static_cast<std::uint32_t>(fate / 100 % 3));
  }
  return {.good = all - bad, .bad = bad};
}

Requests History::in_ten_seconds(int service, int route, Minute minute, int sixth) const {
  const Requests all = in_minute(service, route, minute);
  return {.good = share(all.good, sixth), .bad = share(all.bad, sixth)};
}

std::int64_t History::version(int service, Minute minute) const {
  const auto phase = scatter(static_cast<std::uint64_t>(service)) % kRolloutMinutes;
  return (minute + static_cast<std::int64_t>(phase)) / kRolloutMinutes;
}

void History::add_latencies(std::uint64_t seed, std::uint32_t requests,
                            std::vector<std::uint32_t>& by_bucket) {
  // Nearly normal on the logarithmic scale: within an octave of 4 ms as a rule.
  constexpr int kMiddle = 8 * 12;
  for (std::uint32_t i = 0; i < requests; ++i) {
    const int off = 2 * (std::popcount(scatter(seed, i)) - 32) / 3;
    ++by_bucket[static_cast<std::size_t>(kMiddle + off)];
  }
}

}  // namespace seine::bench
