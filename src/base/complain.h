// SPDX-License-Identifier: Apache-2.0
// What a server program says before it serves, and what it exits with. `seine` itself, which people
// talk to, has words of its own (src/cli/output.h).
#pragma once

#include <string_view>

#include "base/error.h"

namespace seine {

inline constexpr int kExitConfig = 64;
inline constexpr int kExitFailure = 1;

// All of it, or as much as can be written: whoever cannot be told cannot be told that either.
void print(int fd, std::string_view text);

// "PROGRAM: sentence" on stderr, one line whatever is in it. The exit code: kExitConfig for what
// somebody has to change, else kExitFailure.
int complain(std::string_view program, const Error& error);

}  // namespace seine
