// SPDX-License-Identifier: Apache-2.0
// Transactions that crossed another one are tried again, whole. Pure.
#pragma once

#include <chrono>

#include "base/error.h"
#include "base/time.h"

namespace seine::dive {

inline bool worth_trying_again(const Error& error, int attempt) {
  constexpr int kAttempts = 6;
  return error.code == ErrorCode::kDatabaseBusy && attempt < kAttempts;
}
inline Duration pause_after(int attempt) {
  return std::chrono::milliseconds(5) * (1 << attempt);
}

}  // namespace seine::dive
