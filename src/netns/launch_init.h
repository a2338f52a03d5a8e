// SPDX-License-Identifier: Apache-2.0
// The new process's side of a launch: sets itself up, executes the program in a child, and stays as
// pid 1 of the pid namespace.
#pragma once

#include "netns/launch_plan.h"

namespace seine::netns {

// Runs in a fresh fork that is pid 1 of a new pid namespace and in the pod's network. Ends with
// _exit. `channel`: a SOCK_SEQPACKET socket; bytes that come are signals to pass on, its end means
// that we are dead.
[[noreturn]] void run_init(const LaunchPlan& plan, int channel);

}  // namespace seine::netns
