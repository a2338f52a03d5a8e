// SPDX-License-Identifier: Apache-2.0
// Whole small files: configuration, tokens, keys. Blocking, so only what is read at start or
// rarely. Errors are kInvalidConfig with the path and the errno.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine {

// At most `limit` bytes; a longer file is error kLimit. Directories and devices are refused.
Result<std::string> read_file(const std::string& path, std::size_t limit);

// Makes a new file with exactly `mode`, all of it or nothing, on disk when this returns. An
// existing file is never touched: the error then has cause EEXIST.
Result<void> create_file(const std::string& path, std::string_view content, unsigned mode);

}  // namespace seine
