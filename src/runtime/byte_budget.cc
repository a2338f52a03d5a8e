// SPDX-License-Identifier: Apache-2.0
#include "runtime/byte_budget.h"

#include <algorithm>
#include <utility>

namespace seine::runtime {

std::string_view ByteBudget::shed_name(Shed what) {
  switch (what) {
    case Shed::kRequest: return "request";
    case Shed::kConnection: return "connection";
    case Shed::kRetry: return "retry";
    case Shed::kStream: return "stream";
    case Shed::kReader: return "reader";
  }
  return "";
}

ByteBudget::ByteBudget(std::size_t limit) : limit_(limit) {}

std::size_t ByteBudget::held() const {
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(held_.load(), 0));
}

ByteBudget::State ByteBudget::state_of(std::size_t held) const {
  if (limit_ == 0 || held <= limit_) return State::kWithin;
  return held - limit_ <= limit_ / 4 ? State::kOver : State::kFarOver;
}

// Two loops may write the flag in the wrong order: it is written anew from what is held until it
// agrees.
void ByteBudget::change(std::ptrdiff_t bytes) {
  held_.fetch_add(bytes);
  State now = state_of(held());
  while (state_.load() != now) {
    state_.store(now);
    now = state_of(held());
  }
}

void ByteBudget::Share::tell() {
  const auto change =
      static_cast<std::ptrdiff_t>(held_) - static_cast<std::ptrdiff_t>(std::exchange(told_, held_));
  if (budget_ != nullptr) budget_->change(change);
}

ByteBudget::Share::~Share() {
  held_ = 0;
  if (told_ != 0) tell();
}

}  // namespace seine::runtime
