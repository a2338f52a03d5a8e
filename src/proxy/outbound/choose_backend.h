// SPDX-License-Identifier: Apache-2.0
// Which backend of a rule takes a request or a connection. Pure.
#pragma once

#include <cstdint>

#include "model/client_policy.h"
#include "proxy/balance/p2c.h"

namespace seine::proxy {

// Of those that are available the first listed, or one by weight; an only one in any case. Null
// where there is none. `available` is asked of a RouteBackend, of each once at most.
template <class FilterType, class Available>
const model::RouteBackend<FilterType>* choose_backend(
    const model::Distribution<FilterType>& distribution, FastRandom& random, Available available) {
  using Kind = typename model::Distribution<FilterType>::Kind;
  const auto& backends = distribution.backends;
  if (distribution.kind == Kind::kEmpty || backends.empty()) return nullptr;
  if (backends.size() == 1) return &backends.front();
  if (distribution.kind == Kind::kFirstAvailable) {
    for (const auto& each : backends) {
      if (available(each)) return &each;
    }
    return nullptr;
  }
  // In one pass: each takes the place of those before it by its share of the weight so far.
  const model::RouteBackend<FilterType>* chosen = nullptr;
  std::uint64_t total = 0;
  for (const auto& each : backends) {
    if (each.weight == 0 || !available(each)) continue;
    total += each.weight;
    if (random.below(total) < each.weight) chosen = &each;
  }
  return chosen;
}

}  // namespace seine::proxy
