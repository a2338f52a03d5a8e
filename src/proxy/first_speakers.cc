// SPDX-License-Identifier: Apache-2.0
#include "proxy/first_speakers.h"

namespace seine::proxy {

namespace {

using std::chrono::seconds;

constexpr std::uint64_t kHashMask = 0xFFFFFFFF00000000ULL;
constexpr std::uint64_t kSecondsMask = (1ULL << 30) - 1;

std::uint64_t mixed_hash(const SocketAddr& addr) {
  std::uint64_t hash = std::hash<SocketAddr>()(addr);
  hash ^= hash >> 33;
  hash *= 0xFF51AFD7ED558CCDULL;
  return hash ^ (hash >> 33);
}

std::uint64_t seconds_of(TimePoint time) {
  const auto whole = std::chrono::duration_cast<seconds>(time.time_since_epoch());
  return static_cast<std::uint64_t>(whole.count()) & kSecondsMask;
}

std::uint64_t until_of(std::uint64_t slot) {
  return (slot >> 2) & kSecondsMask;
}

// What is known of a client spares a connection, and of a server that its clients wait: the latter
// is worth more, and rarer.
bool is_server_of_another(const std::atomic<std::uint64_t>& cell, std::uint64_t hash,
                          TimePoint now) {
  const std::uint64_t slot = cell.load(std::memory_order_relaxed);
  return ((slot ^ hash) & kHashMask) != 0 && until_of(slot) > seconds_of(now) &&
         static_cast<FirstSpeakers::Habit>(slot & 3) == FirstSpeakers::Habit::kServer;
}

}  // namespace

FirstSpeakers::Habit FirstSpeakers::of(const SocketAddr& addr, TimePoint now) const {
  const std::uint64_t hash = mixed_hash(addr);
  const std::uint64_t slot = slots_[hash % kSlots].load(std::memory_order_relaxed);
  if (((slot ^ hash) & kHashMask) != 0 || until_of(slot) <= seconds_of(now)) return Habit::kUnknown;
  return static_cast<Habit>(slot & 3);
}

bool FirstSpeakers::note(const SocketAddr& addr, Habit habit, TimePoint now) {
  const std::uint64_t hash = mixed_hash(addr);
  std::atomic<std::uint64_t>& cell = slots_[hash % kSlots];
  const Habit known = of(addr, now);
  if (habit == Habit::kClient && known == Habit::kUnknown &&
      is_server_of_another(cell, hash, now)) {
    return false;
  }
  // What is known is written anew only when half of its time is over: the line stays shared.
  const std::uint64_t half = seconds_of(now + kKept / 2);
  if (known == habit) {
    const bool is_fresh = until_of(cell.load(std::memory_order_relaxed)) > half;
    if (habit == Habit::kUnknown || is_fresh) return false;
  }
  const std::uint64_t until = habit == Habit::kUnknown ? 0 : seconds_of(now + kKept);
  cell.store((hash & kHashMask) | until << 2 | static_cast<std::uint64_t>(habit),
             std::memory_order_relaxed);
  return known != habit;
}

}  // namespace seine::proxy
