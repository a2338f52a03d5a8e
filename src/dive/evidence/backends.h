// SPDX-License-Identifier: Apache-2.0
// Who answers what an objective is about, from the catalog of a cluster.
#pragma once

#include "dive/catalog/cluster_catalog.h"
#include "dive/evidence/subject_rows.h"
#include "dive/slo/objective.h"

namespace seine::dive {

// Of what went lately, too, and of who answered before: a window still has their requests. Empty
// where the cluster has no such service or workload.
Backends backends_of(const ClusterCatalog::State& catalog, const Subject& subject);

}  // namespace seine::dive
