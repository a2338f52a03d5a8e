// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/burn.h"

#include "dive/slo/seconds.h"

namespace seine::dive {

std::optional<Ratio> burn_rate(const Goal& goal, const Outcomes& recent) {
  return Budget(goal, recent).spent();
}

Ratio highest_burn_rate(const Goal& goal) {
  return {Int128{Goal::kWhole}, Int128{goal.allowed()}};
}

std::optional<Ratio> consumed(const Goal& goal, const Outcomes& within, const Outcomes& window) {
  if (window.total() == 0) return std::nullopt;
  return Ratio{Int128{Goal::kWhole} * within.bad, Int128{goal.allowed()} * window.total()};
}

std::optional<Duration> time_to_exhaustion(const Budget& budget, Duration length,
                                           const Ratio& burn) {
  const std::optional<Ratio> left = budget.left();
  if (!left || burn.numerator <= 0) return std::nullopt;
  if (left->numerator <= 0) return Duration::zero();
  return from_seconds(left->value() * to_seconds(length) / burn.value());
}

Flow flow_of(const Outcomes& recent, Duration length) {
  if (recent.total() == 0 || length <= Duration::zero()) return {};
  const auto total = static_cast<long double>(recent.total());
  return {total / to_seconds(length), static_cast<long double>(recent.bad) / total};
}

std::optional<Duration> time_to_exhaustion(const Budget& budget, const Goal& goal,
                                           const Flow& flow) {
  if (budget.is_exhausted()) return Duration::zero();
  // Billionths of a request a second.
  const long double loss = flow.requests_per_second * (flow.bad_share * Goal::kWhole -
                                                       static_cast<long double>(goal.allowed()));
  if (loss <= 0) return std::nullopt;
  return from_seconds(static_cast<long double>(budget.units_left()) / loss);
}

}  // namespace seine::dive
