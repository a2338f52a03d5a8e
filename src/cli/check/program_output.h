// SPDX-License-Identifier: Apache-2.0
// A program of ours, asked for a line such as its version.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

inline constexpr std::size_t kMaxProgramOutput = 64 * 1024;

// Runs `argv` (argv[0] is a path) with `environment` and nothing on its standard input, and gives
// what it wrote on its standard output, without white space at the end. Dropping the task kills it.
// Errors kUnavailable: it cannot be started, says too much, or ends with another code than 0.
runtime::Task<Result<std::string>> program_output(runtime::EventLoop& loop,
                                                  std::vector<std::string> argv,
                                                  std::vector<std::string> environment);

}  // namespace seine::cli
