// SPDX-License-Identifier: Apache-2.0
// seine-dive: everything wired on one loop; SIGTERM drains.
#pragma once

#include <string_view>

namespace seine::dive {

// The exit code: 0 after a drain, a backup or a restore; 64, with one sentence on stderr, for flags
// or configuration that cannot be used; 1 for any other failure.
int run_dive(int argc, const char* const* argv, std::string_view version);

}  // namespace seine::dive
