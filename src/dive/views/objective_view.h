// SPDX-License-Identifier: Apache-2.0
// An objective as a card shows it. Pure.
#pragma once

#include <string>
#include <vector>

#include "dive/evidence/evidence.h"
#include "dive/evidence/objective_counts.h"
#include "dive/slo/assessment.h"
#include "dive/slo/card_text.h"
#include "dive/slo/objective.h"
#include "dive/slo/proposal.h"

namespace seine::dive {

struct ObjectiveView {
  Objective objective;
  Assessment card;
  CardText text;
  std::string allowance;  // allowance_sentence()
  Outcomes callers;       // what each end saw
  Outcomes servers;
  std::vector<std::string> clusters;  // that have such a service or workload
  std::string problem;                // why it is kUnreadable; else empty
};

// `now` is up to when the counts are complete.
ObjectiveView make_objective_view(const Objective& objective, const ObjectiveCounts& counts,
                                  std::vector<std::string> clusters, WallTime now,
                                  const TimeZone& zone);

// Of one whose counts cannot be read, without figures.
ObjectiveView make_unreadable_view(const Objective& objective, std::string why,
                                   std::vector<std::string> clusters, WallTime now);

// Of the budget, from 0 to 1 in whole thousandths, cut down: for a bar.
double left_share(const Assessment& card);

struct EvidenceView {
  std::string objective;
  ObjectiveView card;  // of the same counts
  Span span;
  Evidence evidence;
};
// Of one objective in several clusters: groups that say the same are one.
Evidence merge_evidence(std::vector<Evidence> clusters, std::size_t limit = kMaxEvidenceGroups);
// How each group's route is shown, in their order: by its short name where no other has that.
std::vector<std::string> shown_routes(const std::vector<EvidenceGroup>& groups);

struct ProposalView {
  std::string goal;            // "99.5%"
  std::string met;             // of the last window's time
  std::string left_now;        // of the budget
  std::string may_still_fail;  // "210 requests"
  bool is_recommended = false;
  bool is_own = false;  // the one that was asked for
};
struct ProposalsView {
  std::string objective;  // goal_sentence() without the goal
  std::string history;    // what was looked at
  std::vector<ProposalView> goals;
};
// `own`: a goal that somebody has in mind is tried as well. `series` reaches two windows back.
ProposalsView make_proposals(const Objective& draft, bool has_own_goal, BucketSeries series,
                             WallTime now, const TimeZone& zone);

}  // namespace seine::dive
