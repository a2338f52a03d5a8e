// SPDX-License-Identifier: Apache-2.0
// Series and objectives for tests, written in few words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dive/slo/objective.h"
#include "dive/slo/series.h"

namespace seine::dive {

inline constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z

inline Goal goal(std::string_view text) {
  return Goal::parse(text).value();
}

inline Objective objective(std::string_view goal_text, std::string_view window = "7d") {
  return {.name = "payments",
          .description = {},
          .subject = {.ns = "shop", .name = "payments"},
          .latency = std::nullopt,
          .goal = goal(goal_text),
          .window = parse_window(window).value()};
}

inline Outcomes counts(std::uint64_t total, std::uint64_t bad) {
  return {total - bad, bad};
}

// `size` buckets of a minute that end at `now`, all measured.
inline std::vector<CountBucket> minutes_of(std::size_t size, const Outcomes& each,
                                           WallTime now = kNow) {
  std::vector<CountBucket> out(size);
  for (std::size_t i = 0; i < size; ++i) {
    out[i].end = now - std::chrono::minutes(size - 1 - i);
    out[i].length = std::chrono::minutes(1);
    out[i].tally.counts = each;
    out[i].coverage = {1, 1};
  }
  return out;
}

}  // namespace seine::dive
