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

// Makes the file, or puts new content in the place of the old: a reader, and a start after a crash,
// finds the old or the new whole. On disk when this returns. Writes `path`.tmp first, which only
// one process at a time may do; on an error the old content stays.
Result<void> replace_file(const std::string& path, std::string_view content, unsigned mode);

}  // namespace seine
