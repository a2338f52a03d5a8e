// SPDX-License-Identifier: Apache-2.0
#include "dive/views/service_state.h"

#include <algorithm>
#include <array>

namespace seine::dive {
namespace {

// The worst first.
constexpr std::array kWorst = {State::kExhausted,   State::kBurning, State::kUnreadable,
                               State::kPartialData, State::kHealthy, State::kNoTraffic};

std::optional<State> worst_of(std::span<const State> states) {
  for (const State state : kWorst) {
    if (std::ranges::find(states, state) != states.end()) return state;
  }
  return std::nullopt;
}

}  // namespace

std::string_view service_state(std::span<const State> objectives, bool is_opaque) {
  if (const auto worst = worst_of(objectives)) return state_name(*worst);
  return is_opaque ? "opaque" : "no objective";
}

bool is_failing(const Outcomes& counts) {
  return counts.bad >= kFewestToBurn && counts.bad >= counts.total() / 100;
}

int urgency(std::span<const State> objectives, const Outcomes& counts) {
  const auto worst = worst_of(objectives);
  if (!worst) return is_failing(counts) ? 2 : 5;
  switch (*worst) {
    case State::kExhausted: return 0;
    case State::kBurning: return 1;
    case State::kUnreadable: return 3;
    case State::kPartialData: return 4;
    case State::kHealthy:
    case State::kNoTraffic: break;
  }
  return 5;
}

}  // namespace seine::dive
