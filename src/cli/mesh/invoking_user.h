// SPDX-License-Identifier: Apache-2.0
// Who called: under sudo the user who did, since it is their program that runs.
#pragma once

#include "cli/state_dir.h"
#include "netns/launch.h"

namespace seine::cli {

netns::Identity invoking_user(const Environment& environment);

}  // namespace seine::cli
