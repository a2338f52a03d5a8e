// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/choose_backend.h"

namespace seine::proxy {

const model::RouteBackend<model::Filter>* choose_backend(
    const model::Distribution<model::Filter>& distribution, FastRandom& random) {
  using Kind = model::Distribution<model::Filter>::Kind;
  if (distribution.kind == Kind::kEmpty || distribution.backends.empty()) return nullptr;
  if (distribution.kind == Kind::kFirstAvailable || distribution.backends.size() == 1) {
    return &distribution.backends.front();
  }
  std::uint64_t total = 0;
  for (const auto& backend : distribution.backends) total += backend.weight;
  if (total == 0) return nullptr;
  std::uint64_t at = random.below(total);
  for (const auto& backend : distribution.backends) {
    if (at < backend.weight) return &backend;
    at -= backend.weight;
  }
  return nullptr;
}

}  // namespace seine::proxy
