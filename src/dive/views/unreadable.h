// SPDX-License-Identifier: Apache-2.0
// What may be shown as unreadable while the rest goes on. Pure.
#pragma once

#include "base/error.h"

namespace seine::dive {

// Whether an error is about what was asked for alone: it has too many series, its zone is not
// there, its rows are damaged. Any other is of the database as a whole, and so is the answer.
inline bool is_of_one(const Error& error) {
  switch (error.code) {
    case ErrorCode::kLimit:
    case ErrorCode::kTimeout:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidConfig:
    case ErrorCode::kNotFound:
    case ErrorCode::kDatabaseCorrupt: return true;
    default: return false;
  }
}

}  // namespace seine::dive
