// SPDX-License-Identifier: Apache-2.0
// seine: the command. Finds the verb, runs it.
#pragma once

#include <string_view>

namespace seine::cli {

// The exit code: 0; 1 when what was asked failed; 64, with one sentence on stderr, for flags and
// configuration that cannot be used. `seine run` answers with the exit code of what it ran.
int run_cli(int argc, const char* const* argv, const char* const* environment,
            std::string_view version);

}  // namespace seine::cli
