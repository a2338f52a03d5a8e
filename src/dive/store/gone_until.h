// SPDX-License-Identifier: Apache-2.0
// What is gone from each resolution: one rule for those who take counts, fold, ask and remove.
//
// Slots are gone that end by the later of what retention says now and what the table `retention`
// says was removed or left out. What the table says is believed up to the present hour: only a
// clock of ours that was ahead can have written more, and what came since is not gone.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "dive/store/clusters.h"
#include "dive/store/retention.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

runtime::Task<Result<GoneUntil>> read_gone_until(sql::Transaction& transaction, Retention retention,
                                                 WallTime now);
// The same without what retention says: what may be removed, for everybody knows that it is gone.
runtime::Task<Result<GoneUntil>> read_removed_until(sql::Transaction& transaction, WallTime now);

// For who writes for a cluster: as read_gone_until(), and from now on the table says so. Where a
// clock was ahead a row of the audit tells it.
runtime::Task<Result<GoneUntil>> settle_gone_until(sql::Transaction& transaction,
                                                   ClusterRow& cluster, Retention retention,
                                                   WallTime now);

// Says that slots that end by then may be missing there.
runtime::Task<Result<void>> raise_gone_until(sql::Transaction& transaction, Resolution resolution,
                                             Seconds until);

}  // namespace seine::dive
