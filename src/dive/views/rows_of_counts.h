// SPDX-License-Identifier: Apache-2.0
// From what the store answers to what counts are judged from. Pure.
#pragma once

#include <span>
#include <vector>

#include "base/time.h"
#include "dive/evidence/count_rows.h"
#include "dive/store/count_query.h"

namespace seine::dive {

RowFacts facts_of(const Series& series);

// In the order of `series`; each exemplar becomes an example of its own.
std::vector<CountRows> rows_of(std::vector<CountedSeries> series,
                               std::span<const KeptExemplar> exemplars = {});

// In milliseconds of instances. What was measured of no life that is known of is as it should be,
// and what is measured beyond a life is a lease that ended while its last bucket was on its way.
Coverage coverage_of(const CoveredSlot& slot);
// One for each workload and slot.
std::vector<CoverageSlot> coverage_of(std::span<const CoveredWorkload> covered);

// For how long at least one of them counted: what a rate is a rate of. Where a slot was measured in
// part, that much of it.
Duration counted_time(std::span<const CoveredWorkload* const> covered);
Duration counted_time(std::span<const CoveredWorkload> covered);

}  // namespace seine::dive
