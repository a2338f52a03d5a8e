// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "dive/slo/number_text.h"
#include "dive/views/objective_view.h"

namespace seine::dive {
namespace {

ProposalView view_of(const Proposal& proposal) {
  return {.goal = proposal.goal.to_string(),
          .met = format_percent(proposal.met, 1, Cut::kDown),
          .left_now = format_percent(proposal.left_now, 1, Cut::kDown),
          .may_still_fail = format_requests(proposal.may_still_fail)};
}

// "of all requests over a rolling 7-day window are served successfully"
std::string without_goal(const Objective& draft) {
  const std::string sentence = goal_sentence(draft);
  const std::string goal = draft.goal.to_string() + " ";
  return sentence.starts_with(goal) ? sentence.substr(goal.size()) : sentence;
}

std::string history_of(const Objective& draft, BucketSeries series, WallTime now,
                       const TimeZone& zone) {
  const Span span = span_at(draft.window, now, zone);
  const BucketSeries window = within(series, span);
  const Outcomes counts = sum_of(window).tally.counts;
  if (counts.total() == 0) return "no requests were counted within the last window";
  const auto first = std::ranges::find_if(
      series, [](const CountBucket& bucket) { return bucket.tally.counts.total() > 0; });
  const Duration known = std::min(now - (first->end - first->length), now - span.from);
  std::string time = known < std::chrono::minutes(1)
                         ? "less than a minute"
                         : fmt::format("the last {}", format_time(known, Cut::kDown));
  if (known < now - span.from) time += ", all that is known";
  std::string out = fmt::format("{} in {}, {} of them {}", format_requests(counts.total()), time,
                                format_count(counts.bad), draft.latency ? "late" : "bad");
  // A goal that an hour kept says nothing of a week.
  constexpr int kLittle = 10;
  if (known * kLittle < now - span.from) {
    out += fmt::format("; that is too little to tell how {} will go",
                       format_time(now - span.from, Cut::kDown));
  }
  return out;
}

}  // namespace

ProposalsView make_proposals(const Objective& draft, bool has_own_goal, BucketSeries series,
                             WallTime now, const TimeZone& zone) {
  ProposalsView out{.objective = without_goal(draft),
                    .history = history_of(draft, series, now, zone),
                    .goals = {}};
  const Proposals proposals = propose_goals(draft.window, series, now, zone);
  bool has_own = false;
  for (std::size_t i = 0; i < proposals.goals.size(); ++i) {
    ProposalView view = view_of(proposals.goals[i]);
    view.is_recommended = proposals.recommended == i;
    view.is_own = has_own_goal && proposals.goals[i].goal == draft.goal;
    has_own = has_own || view.is_own;
    out.goals.push_back(std::move(view));
  }
  if (!has_own_goal || has_own) return out;
  const auto own = try_goal(draft.goal, draft.window, series, now, zone);
  if (!own) return out;
  // Among the others, strictest first.
  const auto place = std::ranges::find_if(
      proposals.goals, [&](const Proposal& each) { return each.goal < draft.goal; });
  ProposalView view = view_of(*own);
  view.is_own = true;
  out.goals.insert(out.goals.begin() + (place - proposals.goals.begin()), std::move(view));
  return out;
}

}  // namespace seine::dive
