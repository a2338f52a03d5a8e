// SPDX-License-Identifier: Apache-2.0
// The budget that the retries of one service profile are paid from: each answer that is not tried
// again deposits the share of a retry that the budget's ratio says, each retry withdraws one; a
// deposit and a withdrawal count for the budget's ttl. Below that lies a reserve of so many retries
// a second for the length of a ttl, so that a quiet service may retry as well. As Linkerd's, after
// Finagle's.
//
// Shared by all cores, without locks: ten cells of a tenth of the ttl each, which are changed by
// compare and swap. Cores that withdraw in the same instant may both see the last retry: beyond the
// budget goes one for each other core at most, and it is paid back by later deposits.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "model/profile.h"

namespace seine::proxy {

class RetryAccount {
 public:
  // `budget` within the bounds of its fields.
  explicit RetryAccount(const model::RetryBudget& budget);

  const model::RetryBudget& budget() const { return budget_; }
  // Any thread. The clocks of two of them may differ by less than the ttl.
  void deposit(TimePoint now);
  // False: there is none left.
  bool withdraw(TimePoint now);

 private:
  static constexpr std::size_t kCells = 10;
  // The tenth of the ttl that a cell is of, and its balance in thousandths of a retry.
  struct Cell {
    std::uint32_t turn;
    std::int32_t balance;
  };
  static Cell unpack(std::uint64_t cell);
  static std::uint64_t pack(Cell cell);
  std::uint32_t turn_of(TimePoint now) const;
  // False, and nothing is changed, if the cell cannot hold it.
  bool add(std::uint32_t turn, std::int32_t amount);

  const model::RetryBudget budget_;
  const std::int64_t reserve_;
  const std::int32_t deposit_;
  std::array<std::atomic<std::uint64_t>, kCells> cells_{};
};

}  // namespace seine::proxy
