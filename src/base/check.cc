// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

namespace seine {

void check_failed(const char* file, int line, const char* condition, const char* reason) {
  fprintf(stderr, "seine: bug at %s:%d: %s (%s)\n", file, line, reason, condition);
  abort();
}

}  // namespace seine
