// SPDX-License-Identifier: Apache-2.0
// For what comes and goes with every request: its memory is recycled as that of frames is.
#pragma once

#include <cstddef>

#include "runtime/task.h"

namespace seine::runtime {

// A base of classes that are made by `new`. A virtual destructor tells the size that goes back.
struct Recycled {
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { free_frame(memory, size); }

 protected:
  ~Recycled() = default;
};

// For containers.
template <class T>
struct RecyclingAllocator {
  using value_type = T;

  RecyclingAllocator() = default;
  template <class U>
  explicit(false) RecyclingAllocator(const RecyclingAllocator<U>& /*other*/) {}

  T* allocate(std::size_t n) { return static_cast<T*>(allocate_frame(n * sizeof(T))); }
  void deallocate(T* memory, std::size_t n) noexcept { free_frame(memory, n * sizeof(T)); }

  template <class U>
  bool operator==(const RecyclingAllocator<U>& /*other*/) const {
    return true;
  }
};

}  // namespace seine::runtime
