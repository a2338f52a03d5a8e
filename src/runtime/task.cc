// SPDX-License-Identifier: Apache-2.0
#include "runtime/task.h"

#include <stdlib.h>

#include <array>
#include <new>

#include "base/check.h"

namespace seine::runtime {

namespace {

#ifndef SEINE_SANITIZED
// Frames in steps of 64 bytes up to 4 KiB; larger ones are rare and go to malloc.
constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 64;
// Octets per class: what a burst leaves behind beyond this returns to malloc.
constexpr std::size_t kKept = 256 * 1024;

struct FrameCache {
  struct Free {
    Free* next;
  };
  std::array<Free*, kClasses> free{};
  std::array<std::size_t, kClasses> kept{};

  ~FrameCache() {
    for (Free*& head : free) {
      while (head != nullptr) ::free(std::exchange(head, head->next));
    }
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
void* allocate_frame(std::size_t size) {
  return checked_malloc(size);
}
void free_frame(void* frame, std::size_t) noexcept {
  free(frame);
}
#else
void* allocate_frame(std::size_t size) {
  const std::size_t index = (size - 1) / kStep;
  if (index >= kClasses) return checked_malloc(size);
  FrameCache::Free*& head = frame_cache.free[index];
  if (head == nullptr) return checked_malloc((index + 1) * kStep);
  frame_cache.kept[index] -= (index + 1) * kStep;
  return std::exchange(head, head->next);
}

void free_frame(void* frame, std::size_t size) noexcept {
  const std::size_t index = (size - 1) / kStep;
  if (index >= kClasses || frame_cache.kept[index] >= kKept) {
    free(frame);
    return;
  }
  frame_cache.kept[index] += (index + 1) * kStep;
  frame_cache.free[index] = new (frame) FrameCache::Free{frame_cache.free[index]};
}
#endif

void exception_escaped() noexcept {
  SEINE_CHECK(false, "an exception escaped from a coroutine");
}

}  // namespace seine::runtime
