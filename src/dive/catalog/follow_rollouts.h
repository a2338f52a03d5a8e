// SPDX-License-Identifier: Apache-2.0
// Rollouts are found by comparing what a workload runs with what it ran: by their revision (version
// and template), so that neither a scale nor a restart is one.
//
//   begins     a pod of a revision appears that nothing of it ran; from what it had settled on. Not
//              where both come up together (kTogetherWithin): they are meant to run side by side
//   concluded  one of its pods is ready, and none of any other revision is left
//   undone     its pods went, and others stayed
//   replaced   the next one began
//   reopened   an end was reversed within kReturnWithin, by pods of the same revisions
//
// Where nothing runs nothing is decided: what comes back says which it was. So a rollout that was
// undone by less than kReturnWithin before the others went, too, was not: the workload was stopped.
#pragma once

#include <vector>

#include "base/time.h"
#include "dive/catalog/workload.h"

namespace seine::dive {

// `workload.now` becomes `pods`, and `settled` and `rollout` follow. Returns rollouts that began,
// moved or ended, in order, each as it is now. `at` is when the pods were so.
std::vector<Rollout> follow_rollouts(Workload& workload, std::vector<Pod> pods, WallTime at);

}  // namespace seine::dive
