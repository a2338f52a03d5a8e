// SPDX-License-Identifier: Apache-2.0
// Texts that are handed to a verb by the name of a file, or on stdin.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace seine::cli {

// All of the file, or of stdin for "-". Errors kInvalidConfig: it cannot be read, has more than
// `limit` bytes, or is not UTF-8, as what is sent as JSON has to be.
Result<std::string> read_input(const std::string& path, std::size_t limit);

}  // namespace seine::cli
