// SPDX-License-Identifier: Apache-2.0
// Power of two choices: of two endpoints drawn at random the less loaded one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace seine::proxy {

// xorshift64*: enough for spreading load, worthless for secrets.
class FastRandom {
 public:
  explicit FastRandom(std::uint64_t seed) : state_(seed | 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1DULL;
  }
  // Uniform in [0, n), n > 0.
  std::size_t below(std::size_t n) {
    return static_cast<std::size_t>((static_cast<unsigned __int128>(next()) * n) >> 64);
  }
  double ratio() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

// The index to use out of `size`, nullopt if none is ready. ready(i) and load(i) are asked of few
// endpoints when most are ready; of all when the draws were not.
template <class Ready, class Load>
std::optional<std::size_t> pick_p2c(std::size_t size, FastRandom& random, Ready ready, Load load) {
  constexpr int kDraws = 4;
  std::optional<std::size_t> first;
  for (int draw = 0; draw < kDraws && size > 0; ++draw) {
    const std::size_t i = random.below(size);
    if (!ready(i) || first == i) continue;
    if (!first) {
      first = i;
      continue;
    }
    return load(i) < load(*first) ? i : *first;
  }
  if (first && size > 2 && ready(*first)) return first;
  // Few endpoints, or few ready ones: look at all, from a random place so that ties spread.
  const std::size_t start = size == 0 ? 0 : random.below(size);
  std::optional<std::size_t> best;
  for (std::size_t n = 0; n < size; ++n) {
    const std::size_t i = (start + n) % size;
    if (ready(i) && (!best || load(i) < load(*best))) best = i;
  }
  return best;
}

}  // namespace seine::proxy
