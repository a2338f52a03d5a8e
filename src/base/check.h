// SPDX-License-Identifier: Apache-2.0
// SEINE_CHECK(condition, "why this must hold"): for our own bugs only, on in release. What a peer
// sends is never checked with it. Prints file, line and reason to stderr and aborts.
#pragma once

namespace seine {

[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const char* reason);

}  // namespace seine

#define SEINE_CHECK(condition, reason)                               \
  do {                                                               \
    if (!(condition)) [[unlikely]]                                   \
      ::seine::check_failed(__FILE__, __LINE__, #condition, reason); \
  } while (false)
