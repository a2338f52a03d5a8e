// SPDX-License-Identifier: Apache-2.0
#include "runtime/task.h"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <utility>

#include "base/check.h"
#include "runtime/frame_cache.h"

namespace seine::runtime {

namespace {

#ifndef SEINE_SANITIZED
// Frames in steps of 64 bytes up to 4 KiB; larger ones are rare and go to malloc.
constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 64;
// Per class: what a burst leaves behind beyond these returns to malloc.
constexpr std::size_t kKeptFrames = 256;
constexpr std::size_t kKeptBytes = 256 * 1024;

constexpr std::size_t size_of_class(std::size_t index) {
  return (index + 1) * kStep;
}
constexpr std::size_t kept_of_class(std::size_t index) {
  return std::min(kKeptFrames, kKeptBytes / size_of_class(index));
}

// How often all that is kept was asked for.
constinit std::atomic<unsigned> releases{0};

struct FrameCache {
  struct Free {
    Free* next;
  };
  std::array<Free*, kClasses> free{};
  std::array<std::size_t, kClasses> count{};
  unsigned released = 0;  // what `releases` was then

  ~FrameCache() { release(); }
  void release() {
    for (Free*& head : free) {
      while (head != nullptr) ::free(std::exchange(head, head->next));
    }
    count.fill(0);
    released = releases.load(std::memory_order_relaxed);
  }
};

thread_local FrameCache frame_cache;
#endif

void* checked_malloc(std::size_t size) {
  void* memory = malloc(size);
  SEINE_CHECK(memory != nullptr, "out of memory");
  return memory;
}

}  // namespace

#ifdef SEINE_SANITIZED
void release_spare_frames() {}
void* allocate_frame(std::size_t size) {
  return checked_malloc(size);
}
void free_frame(void* frame, std::size_t) noexcept {
  free(frame);
}
#else
void release_spare_frames() {
  releases.fetch_add(1, std::memory_order_relaxed);
  frame_cache.release();
}
void* allocate_frame(std::size_t size) {
  const std::size_t index = (size - 1) / kStep;
  if (index >= kClasses) return checked_malloc(size);
  FrameCache::Free*& head = frame_cache.free[index];
  if (head == nullptr) return checked_malloc(size_of_class(index));
  --frame_cache.count[index];
  return std::exchange(head, head->next);
}

void free_frame(void* frame, std::size_t size) noexcept {
  const std::size_t index = (size - 1) / kStep;
  if (index >= kClasses || frame_cache.count[index] >= kept_of_class(index)) {
    free(frame);
    return;
  }
  if (frame_cache.released != releases.load(std::memory_order_relaxed)) frame_cache.release();
  ++frame_cache.count[index];
  frame_cache.free[index] = new (frame) FrameCache::Free{frame_cache.free[index]};
}
#endif

void exception_escaped() noexcept {
  SEINE_CHECK(false, "an exception escaped from a coroutine");
}

}  // namespace seine::runtime
