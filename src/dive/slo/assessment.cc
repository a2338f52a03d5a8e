// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/assessment.h"

#include <algorithm>

#include "base/check.h"
#include "dive/slo/burn.h"
#include "dive/slo/recovery.h"

namespace seine::dive {
namespace {

bool is_below(const Ratio& share, const Ratio& least) {
  return share.numerator * least.denominator < least.numerator * share.denominator;
}

bool is_partial(const Tally& tally, const Coverage& coverage) {
  const Int128 judged = tally.counts.total();
  const Int128 all = judged + tally.unjudged;
  return is_below(coverage.share(), kLeastCoverage) ||
         (all > 0 && is_below({judged, all}, kLeastCoverage));
}

// Whether the goal is missed even if all that is missing was as busy as what is there, and good.
bool is_exhausted_anyway(const Goal& goal, const Tally& tally, const Coverage& coverage) {
  if (tally.counts.bad == 0 || coverage.measured == 0) return false;
  const long double scale =
      static_cast<long double>(std::max(coverage.expected, coverage.measured)) /
      static_cast<long double>(coverage.measured);
  const long double all = static_cast<long double>(tally.counts.total()) * scale +
                          static_cast<long double>(tally.unjudged);
  return static_cast<long double>(tally.counts.bad) * Goal::kWhole >
         static_cast<long double>(goal.allowed()) * all;
}

// At a burn rate of 1 and below, a window brings back what is burnt, and the budget lasts.
bool is_burning(const Assessment& card) {
  return !card.budget.is_exhausted() && card.recent.bad >= kFewestToBurn && card.burn &&
         card.burn->numerator > card.burn->denominator;
}

State state_of(const Goal& goal, const Assessment& card) {
  if (is_partial(card.tally, card.coverage)) {
    return is_exhausted_anyway(goal, card.tally, card.coverage) ? State::kExhausted
                                                                : State::kPartialData;
  }
  if (!card.budget.has_traffic()) return State::kNoTraffic;
  if (card.budget.is_exhausted()) return State::kExhausted;
  if (is_burning(card)) return State::kBurning;
  return State::kHealthy;
}

// Over which time the window's counts were made: an objective of 7 d on a mesh that is an hour old
// has an hour's budget, and that is gone in an hour at a burn rate of 1.
Duration observed_length(BucketSeries window, const Span& span) {
  const WallTime first = window.empty() ? span.from : window.front().end - window.front().length;
  return span.to - std::max(span.from, first);
}

void look_ahead(const Objective& objective, BucketSeries window, const TimeZone& zone,
                const Flow& flow, Assessment& card) {
  const auto* rolling = std::get_if<RollingWindow>(&objective.window);
  const Duration rest =
      rolling != nullptr ? rolling->length : month_end(card.span.to, zone) - card.span.to;
  if (is_burning(card)) {
    card.exhausted_in =
        rolling != nullptr
            ? time_to_exhaustion(card.budget, observed_length(window, card.span), *card.burn)
            : time_to_exhaustion(card.budget, objective.goal, flow);
    if (card.exhausted_in && *card.exhausted_in > rest) card.exhausted_in.reset();
  }
  if (card.budget.over() > 0) {
    card.recovers_in = rolling != nullptr
                           ? rolling_recovery(objective.goal, window, rest, card.span.to, flow)
                           : month_recovery(objective.goal, card.tally.counts, rest, flow);
  }
}

}  // namespace

std::string_view state_name(State state) {
  switch (state) {
    case State::kHealthy: return "healthy";
    case State::kBurning: return "burning";
    case State::kExhausted: return "exhausted";
    case State::kNoTraffic: return "no traffic";
    case State::kPartialData: return "partial data";
    case State::kUnreadable: return "unreadable";
  }
  SEINE_CHECK(false, "every state has a name");
}

Assessment assess(const Objective& objective, BucketSeries series, WallTime now,
                  const TimeZone& zone) {
  const Span span = span_at(objective.window, now, zone);
  const BucketSeries window = within(series, span);
  const Sum sum = sum_of(window);
  // A young month is shorter than what is recent.
  const Duration recent_for = std::min(recent_length(objective.window), now - span.from);
  const Outcomes recent = sum_of(within(window, {now - recent_for, now})).tally.counts;

  Assessment card{.span = span,
                  .tally = sum.tally,
                  .budget = Budget(objective.goal, sum.tally.counts),
                  .recent = recent,
                  .recent_share = Budget(objective.goal, recent).compliance(),
                  .burn = burn_rate(objective.goal, recent),
                  .coverage = sum.coverage};
  const Duration seen_for = std::min(recent_for, observed_length(window, span));
  look_ahead(objective, window, zone, flow_of(recent, seen_for), card);
  card.state = state_of(objective.goal, card);
  return card;
}

}  // namespace seine::dive
