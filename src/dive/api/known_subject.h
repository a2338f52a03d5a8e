// SPDX-License-Identifier: Apache-2.0
// Whether anybody has seen what an objective is about. Pure.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "dive/records/records.h"
#include "dive/slo/objective.h"

namespace seine::dive {

// Error kNotFound: a sentence with the nearest name there is, if one is near.
Result<void> check_known(const Subject& subject,
                         const std::map<std::string, KeptCluster>& clusters);

}  // namespace seine::dive
