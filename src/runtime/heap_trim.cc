// SPDX-License-Identifier: Apache-2.0
#include "runtime/heap_trim.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/combine.h"
#include "runtime/frame_cache.h"

namespace seine::runtime {

namespace {

// Not worth the trouble: caches of frames and blocks, stacks.
constexpr std::size_t kSlack = 4 << 20;
// The longest pause between two looks, in intervals.
constexpr int kMaxPause = 64;

#ifndef SEINE_SANITIZED
HeapUse measure() {
  HeapUse use;
  if (FILE* const file = fopen("/proc/self/statm", "re")) {
    std::size_t size = 0;
    std::size_t resident = 0;
    std::size_t shared = 0;
    if (fscanf(file, "%zu %zu %zu", &size, &resident, &shared) == 3 && resident > shared) {
      use.resident = (resident - shared) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    }
    fclose(file);
  }
  const struct mallinfo2 info = mallinfo2();
  use.in_use = info.uordblks + info.hblkhd;
  return use;
}

// Whether it gained anything to speak of.
bool trim(const HeapUse& before) {
  release_spare_frames();
  malloc_trim(0);
  const std::size_t after = measure().resident;
  return after + before.resident / 8 < before.resident;
}
#endif

}  // namespace

bool is_worth_trimming(const HeapUse& use) {
  return use.resident > 2 * use.in_use + kSlack;
}

Task<void> keep_heap_trimmed(EventLoop& loop) {
  int pause = 1;
  for (;;) {
    co_await sleep_for(loop, pause * kHeapLookInterval);
#ifndef SEINE_SANITIZED
    const HeapUse use = measure();
    if (!is_worth_trimming(use)) continue;
    pause = trim(use) ? 1 : std::min(2 * pause, kMaxPause);
#else
    pause = kMaxPause;
#endif
  }
}

}  // namespace seine::runtime
