// SPDX-License-Identifier: Apache-2.0
// Where our own programs are, and what they are started with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/state_dir.h"

namespace seine::cli {

// "seine-controller": beside the running program, else on PATH. Error kUnavailable: nowhere.
Result<std::string> find_program(std::string_view name, const Environment& environment);

// For a process of ours: PATH and the locale, and nothing else of the caller's environment, in
// which secrets may be; then `more`.
std::vector<std::string> bare_environment(const Environment& environment,
                                          std::vector<std::string> more);

}  // namespace seine::cli
