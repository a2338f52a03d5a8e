// SPDX-License-Identifier: Apache-2.0
// Who speaks first at an address: its clients, as in HTTP, or its server, as in MySQL and SMTP.
// Learned from connections, by all workers together; a guess, of which a wrong one costs time and
// never bytes, since the first byte of either side decides (see hear_server.h).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/net.h"
#include "base/time.h"

namespace seine::proxy {

class FirstSpeakers {
 public:
  enum class Habit : std::uint8_t { kUnknown, kClient, kServer };

  // Each address has one slot, which another may take over, but for one whose clients speak first
  // from one whose server does: who is forgotten is learned again.
  static constexpr std::size_t kSlots = 1024;
  // After its last confirmation a habit is kept for this long, or half of it.
  static constexpr Duration kKept = std::chrono::minutes(10);

  // Any thread, without a lock.
  Habit of(const SocketAddr& addr, TimePoint now) const;
  // Whether that was not known. kUnknown forgets the address.
  bool note(const SocketAddr& addr, Habit habit, TimePoint now);

 private:
  // The upper half of the address's hash, then 30 bits of seconds until when, then the habit.
  std::array<std::atomic<std::uint64_t>, kSlots> slots_{};
};

// Of both sides: outbound by the address that clients asked for, inbound by the application's.
struct BothFirstSpeakers {
  FirstSpeakers inbound;
  FirstSpeakers outbound;
};

}  // namespace seine::proxy
