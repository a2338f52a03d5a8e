// SPDX-License-Identifier: Apache-2.0
#include "runtime/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace seine::runtime {

namespace {
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr Duration kTick = std::chrono::milliseconds(1);
}  // namespace

void TimerWheel::add(TimerNode& node, TimePoint when) {
  const Duration after = std::max(when - start_, Duration::zero());
  // Rounded up without adding first: `when` may be the end of time.
  const auto tick = static_cast<std::uint64_t>(after / kTick + (after % kTick != Duration::zero()));
  node.tick_ = std::max(tick, now_tick_ + 1);
  insert(node);
}

void TimerWheel::insert(TimerNode& node) {
  // Beyond the wheel's reach a timer waits in the farthest slot and is inserted anew from there.
  constexpr std::uint64_t kReach = (1ULL << (kBits * kLevels)) - 1;
  const std::uint64_t delta = std::min(node.tick_ - now_tick_, kReach);
  const int level = delta == 0 ? 0 : (std::bit_width(delta) - 1) / kBits;
  const std::uint64_t slot = ((now_tick_ + delta) >> (level * kBits)) & 63;
  occupied_[static_cast<std::size_t>(level)] |= 1ULL << slot;
  slots_[static_cast<std::size_t>(level)][slot].push_back(node);
}

std::uint64_t TimerWheel::next_tick() const {
  std::uint64_t best = kNever;
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t bits = occupied_[static_cast<std::size_t>(level)];
    if (bits == 0) continue;
    const std::uint64_t at = now_tick_ >> (level * kBits);
    // Slot `at` itself is one whole turn away, so the search starts behind it.
    const int distance = std::countr_zero(std::rotr(bits, static_cast<int>((at + 1) & 63))) + 1;
    best = std::min(best, (at + static_cast<std::uint64_t>(distance)) << (level * kBits));
  }
  return best;
}

void TimerWheel::run_slot(int level, std::uint64_t tick) {
  const std::uint64_t slot = (tick >> (level * kBits)) & 63;
  std::uint64_t& bits = occupied_[static_cast<std::size_t>(level)];
  if ((bits & (1ULL << slot)) == 0) return;
  bits &= ~(1ULL << slot);
  List<TimerNode> due;
  due.splice(slots_[static_cast<std::size_t>(level)][slot]);
  while (!due.empty()) {
    TimerNode& node = due.pop_front();
    if (node.tick_ <= now_tick_) {
      node.on_timer();
    } else {
      insert(node);
    }
  }
}

void TimerWheel::advance(TimePoint now) {
  if (now <= start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  while (now_tick_ < target) {
    const std::uint64_t tick = next_tick();
    if (tick > target) {
      now_tick_ = target;
      return;
    }
    now_tick_ = tick;
    for (int level = kLevels - 1; level > 0; --level) {
      if ((tick & ((1ULL << (level * kBits)) - 1)) == 0) run_slot(level, tick);
    }
    run_slot(0, tick);
  }
}

std::optional<TimePoint> TimerWheel::next() const {
  const std::uint64_t tick = next_tick();
  if (tick == kNever) return std::nullopt;
  return start_ + kTick * static_cast<std::int64_t>(tick);
}

}  // namespace seine::runtime
