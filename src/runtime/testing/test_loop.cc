// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/test_loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <random>

namespace seine::runtime::testing {

std::uint64_t loop_seed() {
  const char* wish = getenv("SEINE_LOOP_SEED");
  if (wish == nullptr) return 1;
  if (strcmp(wish, "random") != 0) return strtoull(wish, nullptr, 10);
  const std::uint64_t seed = std::random_device()();
  fprintf(stderr, "SEINE_LOOP_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace seine::runtime::testing
