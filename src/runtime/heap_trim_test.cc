// SPDX-License-Identifier: Apache-2.0
#include "runtime/heap_trim.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <fstream>
#include <string>
#include <vector>

#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

constexpr std::size_t kMega = 1 << 20;

TEST(HeapTrim, is_worth_it_when_most_of_what_is_held_is_free) {
  EXPECT_TRUE(is_worth_trimming({.resident = 40 * kMega, .in_use = 10 * kMega}));
  EXPECT_FALSE(is_worth_trimming({.resident = 40 * kMega, .in_use = 20 * kMega}));
  EXPECT_FALSE(is_worth_trimming({.resident = 4 * kMega, .in_use = 0})) << "not enough to matter";
  EXPECT_FALSE(is_worth_trimming({.resident = 0, .in_use = 0})) << "nothing is known";
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * 4096;
}

TEST(HeapTrim, gives_back_what_a_burst_left_below_an_allocation_that_lives_on) {
#ifdef SEINE_SANITIZED
  GTEST_SKIP() << "the heap is the sanitizer's";
#endif
  testing::TestLoop t;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(keep_heap_trimmed(t.loop));
  constexpr std::size_t kPiece = 4000;
  std::vector<void*> burst(16'000);
  for (void*& piece : burst) {
    piece = malloc(kPiece);
    memset(piece, 1, kPiece);
  }
  void* const lives_on = malloc(kPiece);
  for (void* piece : burst) free(piece);
  const std::size_t before = resident_bytes();
  t.advance(kHeapLookInterval, kHeapLookInterval);
  EXPECT_LT(resident_bytes() + 30 * kMega, before);
  free(lives_on);
}

TEST(HeapTrim, gives_back_the_pages_that_spare_frames_hold) {
#ifdef SEINE_SANITIZED
  GTEST_SKIP() << "the heap is the sanitizer's";
#endif
  constexpr std::size_t kPiece = 4000;
  constexpr std::size_t kFrames = 200;
  std::vector<void*> burst;
  std::vector<void*> frames;
  for (std::size_t i = 0; i < 16'000; ++i) {
    burst.push_back(malloc(kPiece));
    memset(burst.back(), 1, kPiece);
    if (i % (16'000 / kFrames) == 0) frames.push_back(allocate_frame(100));
  }
  for (void* piece : burst) free(piece);
  for (void* frame : frames) free_frame(frame, 100);
  // What is kept is taken again, the last first.
  void* const spare = allocate_frame(100);
  EXPECT_EQ(spare, frames.back());
  free_frame(spare, 100);

  testing::TestLoop t;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(keep_heap_trimmed(t.loop));
  const std::size_t in_use = mallinfo2().uordblks;
  t.advance(kHeapLookInterval, kHeapLookInterval);
  EXPECT_LT(mallinfo2().uordblks + kFrames * 100, in_use + 4096) << "frames are kept";
}

}  // namespace
}  // namespace seine::runtime
