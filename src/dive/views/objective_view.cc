// SPDX-License-Identifier: Apache-2.0
#include "dive/views/objective_view.h"

#include <algorithm>
#include <utility>

namespace seine::dive {

ObjectiveView make_objective_view(const Objective& objective, const ObjectiveCounts& counts,
                                  std::vector<std::string> clusters, WallTime now,
                                  const TimeZone& zone) {
  Assessment card = assess(objective, counts.buckets, now, zone);
  CardText text = card_text(objective, card);
  return {.objective = objective,
          .card = std::move(card),
          .text = std::move(text),
          .allowance = allowance_sentence(objective),
          .callers = counts.views.callers.counts,
          .servers = counts.views.servers.counts,
          .clusters = std::move(clusters),
          .problem = {}};
}

ObjectiveView make_unreadable_view(const Objective& objective, std::string why,
                                   std::vector<std::string> clusters, WallTime now) {
  // Its zone may be what is missing.
  const Span span = span_at(objective.window, now, UtcZone());
  return {.objective = objective,
          .card = {.state = State::kUnreadable,
                   .span = span,
                   .tally = {},
                   .budget = Budget(objective.goal, {})},
          .text = unreadable_text(objective, why),
          .allowance = allowance_sentence(objective),
          .callers = {},
          .servers = {},
          .clusters = std::move(clusters),
          .problem = std::move(why)};
}

double left_share(const Assessment& card) {
  const auto left = card.budget.left();
  if (!left || left->numerator <= 0) return 0;
  const Int128 thousandths = floor_divide(left->numerator * 1000, left->denominator);
  return static_cast<double>(std::min<Int128>(thousandths, 1000)) / 1000;
}

}  // namespace seine::dive
