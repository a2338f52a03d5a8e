// SPDX-License-Identifier: Apache-2.0
// The bounds of what a caller of the API may send.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace seine::web {

// Of a request's body.
inline constexpr std::size_t kMaxBody = 256 * 1024;
// The same of an owner's program, which brings whole files.
inline constexpr std::size_t kMaxOwnerBody = 3 * 1024 * 1024;
// From the end of a request's head to the end of its body.
inline constexpr Duration kBodyTimeout = std::chrono::seconds(10);

}  // namespace seine::web
