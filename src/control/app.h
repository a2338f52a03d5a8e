// SPDX-License-Identifier: Apache-2.0
// seine-controller: everything wired on one loop. Identity and its authority, destinations and
// policies over a workload source, the admin port; SIGTERM drains.
#pragma once

#include <string_view>

namespace seine::control {

// The exit code: 0 after a drain; 64, with one sentence on stderr, for flags or configuration that
// cannot be used; 1 for any other failure.
int run_controller(int argc, const char* const* argv, std::string_view version);

}  // namespace seine::control
