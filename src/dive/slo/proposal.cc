// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/proposal.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "dive/slo/budget.h"

namespace seine::dive {
namespace {

// Billionths, strictest first.
constexpr std::array<std::uint64_t, 9> kUsual = {999'990'000, 999'900'000, 999'500'000,
                                                 999'000'000, 995'000'000, 990'000'000,
                                                 980'000'000, 950'000'000, 900'000'000};
constexpr std::uint64_t kPercent = Goal::kWhole / 100;

Goal goal_of(std::uint64_t billionths) {
  auto goal = Goal::from_billionths(billionths);
  SEINE_CHECK(goal.has_value(), "a goal of ours is one");
  return *goal;
}

struct Moment {
  Outcomes counts;  // of the window before it
  Duration length;
};

// Those of the last window. Adds each bucket once and takes it out once.
std::vector<Moment> moments(const Window& window, BucketSeries series, WallTime now,
                            const TimeZone& zone) {
  std::vector<Moment> out;
  const Span last = span_at(window, now, zone);
  // Kept apart from Outcomes, whose sums saturate and so cannot be taken back.
  unsigned __int128 good = 0;
  unsigned __int128 bad = 0;
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < series.size() && series[i].end <= now; ++i) {
    good += series[i].tally.counts.good;
    bad += series[i].tally.counts.bad;
    const Span span = span_at(window, series[i].end, zone);
    for (; oldest < i && series[oldest].end <= span.from; ++oldest) {
      good -= series[oldest].tally.counts.good;
      bad -= series[oldest].tally.counts.bad;
    }
    if (series[i].end <= last.from || good + bad == 0) continue;
    constexpr unsigned __int128 kMost = kMaxCount;
    out.push_back({.counts = {static_cast<std::uint64_t>(std::min(good, kMost)),
                              static_cast<std::uint64_t>(std::min(bad, kMost))},
                   .length = series[i].length});
  }
  return out;
}

std::optional<Proposal> try_at(const Goal& goal, const std::vector<Moment>& moments,
                               const Outcomes& current) {
  const Budget budget(goal, current);
  const auto left = budget.left();
  Duration met{};
  Duration all{};
  for (const Moment& moment : moments) {
    all += moment.length;
    if (Budget(goal, moment.counts).is_met()) met += moment.length;
  }
  if (all == Duration::zero() || !left) return std::nullopt;
  return Proposal{.goal = goal,
                  .met = {Int128{met.count()}, Int128{all.count()}},
                  .left_now = *left,
                  .may_still_fail = budget.may_still_fail()};
}

bool is_kept(const Proposal& proposal) {
  return proposal.met.numerator == proposal.met.denominator && proposal.may_still_fail > 0;
}

// The highest whole percentage that is below every moment's compliance, if it is below the usual.
std::optional<Goal> kept_by_all(const std::vector<Moment>& moments) {
  std::uint64_t percent = kUsual.back() / kPercent;
  for (const auto& [counts, length] : moments) {
    const Int128 whole = ceil_divide(Int128{counts.good} * 100, Int128{counts.total()}) - 1;
    percent = static_cast<std::uint64_t>(std::clamp<Int128>(whole, 0, Int128{percent}));
  }
  if (percent == 0 || percent * kPercent >= kUsual.back()) return std::nullopt;
  return goal_of(percent * kPercent);
}

Outcomes counts_now(const Window& window, BucketSeries series, WallTime now, const TimeZone& zone) {
  return sum_of(within(series, span_at(window, now, zone))).tally.counts;
}

}  // namespace

Proposals propose_goals(const Window& window, BucketSeries series, WallTime now,
                        const TimeZone& zone) {
  Proposals out;
  const std::vector<Moment> past = moments(window, series, now, zone);
  const Outcomes current = counts_now(window, series, now, zone);
  const auto add = [&](const Goal& goal) {
    if (auto proposal = try_at(goal, past, current)) {
      if (!out.recommended && is_kept(*proposal)) out.recommended = out.goals.size();
      out.goals.push_back(*proposal);
    }
  };
  for (const std::uint64_t billionths : kUsual) add(goal_of(billionths));
  if (!out.recommended) {
    if (const auto goal = kept_by_all(past)) add(*goal);
  }
  return out;
}

std::optional<Proposal> try_goal(const Goal& goal, const Window& window, BucketSeries series,
                                 WallTime now, const TimeZone& zone) {
  return try_at(goal, moments(window, series, now, zone), counts_now(window, series, now, zone));
}

}  // namespace seine::dive
