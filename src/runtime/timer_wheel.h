// SPDX-License-Identifier: Apache-2.0
// Hierarchical timing wheel: adding and cancelling a timer is O(1), so that every request may
// carry several. Resolution 1 ms; a timer never fires early. One thread; used by EventLoop.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "runtime/list.h"

namespace seine::runtime {

// Intrusive: lives in whoever waits, leaves the wheel when it dies.
class TimerNode : public ListNode {
 public:
  // Runs on the loop's thread; may only enqueue (see Wakeable::on_wake).
  virtual void on_timer() = 0;

 protected:
  ~TimerNode() = default;

 private:
  friend class TimerWheel;
  std::uint64_t tick_ = 0;
};

class TimerWheel {
 public:
  explicit TimerWheel(TimePoint start) : start_(start) {}

  // Fires at the first advance() to `when` or later; a past `when` fires at the next tick.
  // Re-adding a linked node moves it.
  void add(TimerNode& node, TimePoint when);
  // Calls on_timer() of all that are due, in order of their ticks.
  void advance(TimePoint now);
  // When advance() has work at the latest; nullopt if no timer is set. May be early (a cascade).
  std::optional<TimePoint> next() const;

 private:
  static constexpr int kLevels = 5;
  static constexpr int kBits = 6;  // 64 slots a level: 64 ms, 4 s, 4 min, 4.6 h, 12 d

  std::uint64_t next_tick() const;  // UINT64_MAX if none
  void insert(TimerNode& node);
  void run_slot(int level, std::uint64_t tick);

  const TimePoint start_;
  std::uint64_t now_tick_ = 0;
  // A set bit may stand for a slot emptied by cancellation; that costs one early wake-up.
  std::array<std::uint64_t, kLevels> occupied_{};
  std::array<std::array<List<TimerNode>, 1 << kBits>, kLevels> slots_;
};

}  // namespace seine::runtime
