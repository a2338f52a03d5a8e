// SPDX-License-Identifier: Apache-2.0
// What SQLite says, in our words, with what to do.
#pragma once

#include <string_view>

#include "base/error.h"

namespace seine::sql {

// `code` is an extended result code, `system_errno` sqlite3_system_errno() or 0, `said`
// sqlite3_errmsg().
Error sqlite_error(int code, int system_errno, std::string_view said, std::string_view path);

}  // namespace seine::sql
