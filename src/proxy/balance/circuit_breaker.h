// SPDX-License-Identifier: Apache-2.0
// When an endpoint is set aside for failing, and when it is tried again (Linkerd's "failure
// accrual"). Closed: all goes there. Open: nothing, until its backoff is over. Half-open: one
// request, by whose answer it closes, or opens for longer. An answer of "busy" fails no row of
// requests, but the success rate, and a probe of a unified policy.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "model/client_policy.h"
#include "proxy/backoff.h"
#include "proxy/balance/answer.h"
#include "proxy/balance/p2c.h"

namespace seine::proxy {

// How many of the last requests succeeded: a window of ten slots that moves on by one slot.
class SuccessWindow {
 public:
  explicit SuccessWindow(Duration length);

  void add(bool success, TimePoint now);
  void clear();
  struct Sum {
    std::uint64_t good = 0;
    std::uint64_t all = 0;
  };
  Sum sum(TimePoint now) const;

 private:
  static constexpr std::size_t kSlots = 10;
  struct Slot {
    std::int64_t number = -1;
    Sum sum;
  };
  std::int64_t number_of(TimePoint time) const { return time.time_since_epoch() / slot_; }

  Duration slot_;
  std::array<Slot, kSlots> slots_;
};

// On a manual clock in tests; of one loop.
class CircuitBreaker {
 public:
  // Of a request that was let through. Of an earlier era it says nothing any more.
  struct Pass {
    std::uint32_t era = 0;
    std::uint32_t probe = 0;  // 0: of a closed circuit
  };
  enum class Change : std::uint8_t { kNone, kOpened, kClosed };

  // An accrual without a kind never opens.
  explicit CircuitBreaker(const model::FailureAccrual& accrual);

  bool enabled() const { return kind_ != Kind::kNone; }
  // Whether a request may go there now.
  bool admits(TimePoint now) const;
  bool is_open() const { return open_until_.has_value(); }
  // It goes there.
  Pass enter(TimePoint now);
  // How it ended. `hint`: how long who answered asks to be left alone. `may_open`: whether enough
  // others are ready; where not, nothing changes.
  Change end(Pass pass, Answer answer, std::optional<Duration> hint, bool may_open, TimePoint now,
             FastRandom& random);
  // It ended without an answer, for reasons of the client's.
  void give_up(Pass pass);

 private:
  enum class Kind : std::uint8_t { kNone, kConsecutive, kUnified };

  bool is_too_much(TimePoint now) const;
  void open(std::optional<Duration> hint, TimePoint now, FastRandom& random);
  void close();

  Kind kind_ = Kind::kNone;
  std::uint32_t max_failures_ = 0;  // in a row; 0: however many
  double threshold_ = 0;
  std::uint32_t min_requests_ = 0;
  model::Backoff limits_;
  Backoff backoff_;
  SuccessWindow window_;

  std::uint32_t era_ = 1;    // of opening and closing; 0 is none
  std::uint32_t probe_ = 0;  // the last of this era
  std::uint32_t failures_ = 0;
  std::optional<TimePoint> open_until_;
  std::optional<TimePoint> probing_since_;
};

}  // namespace seine::proxy
