// SPDX-License-Identifier: Apache-2.0
// The share of requests that has to be good, in billionths: 99.95% is 999'500'000. Exact, so that
// a budget of 1% is 1%.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::dive {

class Goal {
 public:
  static constexpr std::uint64_t kWhole = 1'000'000'000;

  // "99.95%": above 0 and below 100 percent, at most 7 decimals. Error kInvalidArgument: a goal of
  // 100% leaves no budget, and one of 0% asks for nothing.
  static Result<Goal> parse(std::string_view text);
  static Result<Goal> from_billionths(std::uint64_t billionths);

  std::uint64_t billionths() const { return billionths_; }
  // The share that may be bad: never 0.
  std::uint64_t allowed() const { return kWhole - billionths_; }
  // One of so many may be bad: 10,000 for 99.99%. Cut down to a whole number.
  std::uint64_t one_of_every() const { return kWhole / allowed(); }
  // Digits after the point of its percentage.
  unsigned decimals() const;
  // "99.95%", the form parse reads.
  std::string to_string() const;

  friend auto operator<=>(const Goal&, const Goal&) = default;

 private:
  explicit Goal(std::uint64_t billionths) : billionths_(billionths) {}
  std::uint64_t billionths_;
};

}  // namespace seine::dive
