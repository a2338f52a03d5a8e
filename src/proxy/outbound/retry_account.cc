// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/retry_account.h"

#include <chrono>
#include <cmath>
#include <limits>

namespace seine::proxy {

namespace {

constexpr std::int32_t kRetry = 1000;  // what one costs

// How far a turn lies before another; negative: behind it. Turns wrap around.
std::int32_t age(std::uint32_t turn, std::uint32_t now) {
  return static_cast<std::int32_t>(now - turn);
}

std::int64_t reserve_of(const model::RetryBudget& budget) {
  const double seconds = std::chrono::duration<double>(budget.ttl).count();
  return std::llround(seconds * budget.min_retries_per_second * kRetry);
}

}  // namespace

RetryAccount::RetryAccount(const model::RetryBudget& budget)
    : budget_(budget),
      reserve_(reserve_of(budget)),
      deposit_(static_cast<std::int32_t>(std::lround(budget.retry_ratio * kRetry))) {}

RetryAccount::Cell RetryAccount::unpack(std::uint64_t cell) {
  return {static_cast<std::uint32_t>(cell >> 32U), static_cast<std::int32_t>(cell)};
}

std::uint64_t RetryAccount::pack(Cell cell) {
  return std::uint64_t{cell.turn} << 32U | static_cast<std::uint32_t>(cell.balance);
}

std::uint32_t RetryAccount::turn_of(TimePoint now) const {
  return static_cast<std::uint32_t>(now.time_since_epoch() / (budget_.ttl / kCells));
}

bool RetryAccount::add(std::uint32_t turn, std::int32_t amount) {
  std::atomic<std::uint64_t>& place = cells_[turn % kCells];
  std::uint64_t known = place.load(std::memory_order_relaxed);
  for (;;) {
    Cell cell = unpack(known);
    // What it held is over.
    if (age(cell.turn, turn) > 0) cell = {.turn = turn, .balance = 0};
    const std::int64_t balance = std::int64_t{cell.balance} + amount;
    if (balance > std::numeric_limits<std::int32_t>::max() ||
        balance < std::numeric_limits<std::int32_t>::min()) {
      return false;
    }
    cell.balance = static_cast<std::int32_t>(balance);
    if (place.compare_exchange_weak(known, pack(cell), std::memory_order_relaxed)) return true;
  }
}

void RetryAccount::deposit(TimePoint now) {
  if (deposit_ > 0) add(turn_of(now), deposit_);
}

bool RetryAccount::withdraw(TimePoint now) {
  const std::uint32_t turn = turn_of(now);
  std::int64_t balance = reserve_;
  for (const auto& place : cells_) {
    const Cell cell = unpack(place.load(std::memory_order_relaxed));
    if (age(cell.turn, turn) < static_cast<std::int32_t>(kCells)) balance += cell.balance;
  }
  return balance >= kRetry && add(turn, -kRetry);
}

}  // namespace seine::proxy
