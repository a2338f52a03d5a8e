// SPDX-License-Identifier: Apache-2.0
// Gives back to the system what a burst of connections left free in the heap. By itself glibc
// returns only the top of an arena, and a single live allocation there holds all below it.
#pragma once

#include <chrono>
#include <cstddef>

#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::runtime {

inline constexpr std::chrono::seconds kHeapLookInterval{5};

// In bytes.
struct HeapUse {
  std::size_t resident = 0;  // private memory that the kernel holds for this process
  std::size_t in_use = 0;    // of it, what malloc has handed out
};

// Whether most of what is held is free, and enough to matter.
bool is_worth_trimming(const HeapUse& use);

// Looks every kHeapLookInterval, for as long as it lives; once in a process, on a loop without
// traffic. Other threads that allocate meanwhile wait some milliseconds at worst, which is why a
// heap that fills and empties all the time, so that trimming gains little, is looked at more and
// more rarely. Does nothing in sanitized builds, whose heap is not glibc's.
Task<void> keep_heap_trimmed(EventLoop& loop);

}  // namespace seine::runtime
