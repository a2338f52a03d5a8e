// SPDX-License-Identifier: Apache-2.0
// From rows of counts to the buckets that an objective is assessed from.
#pragma once

#include <span>
#include <vector>

#include "dive/evidence/count_rows.h"
#include "dive/evidence/subject_rows.h"
#include "dive/slo/objective.h"
#include "dive/slo/series.h"
#include "dive/slo/tally.h"

namespace seine::dive {

struct ObjectiveCounts {
  // Of the verdict: what callers with a proxy saw, and what servers saw of all others. Ascending by
  // end. One for each slot of which anything is known: without requests it is silence.
  std::vector<CountBucket> buckets;
  // The same, and each end's view, summed up.
  Views views;
};

// `rows` may be of more than the objective; others are left out. Rows beyond a proxy's cap say only
// how many they were, and make requests unjudged: those of a caller that also has rows of this
// objective, all of them; those of a server so far as no caller has told of them.
ObjectiveCounts count_for(const Objective& objective, const Backends& backends,
                          std::span<const CountRows> rows, std::span<const CoverageSlot> coverage);

// Of the same objective, in another cluster.
void add(ObjectiveCounts& sum, const ObjectiveCounts& other);

}  // namespace seine::dive
