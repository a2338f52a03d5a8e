// SPDX-License-Identifier: Apache-2.0
// The handles through which code records, and the cells they point at.
//
// A series has one cell per core, and a cell is written by its core alone: an update is a plain
// load and store, with neither a lock nor a locked instruction. The scraper reads cells from
// another thread at any time and adds them up. A handle is a pointer: look it up once, keep it
// where the work happens, copy it freely, on the core it was looked up for. While a handle lives,
// its series is not evicted. The registry outlives every handle.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/time.h"

namespace seine::metrics {

constexpr double in_seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}
constexpr double in_milliseconds(Duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

// Adds without a locked instruction: right only because one thread writes.
template <class T>
void add_as_only_writer(std::atomic<T>& cell, T amount) {
  cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

// A cache line to itself, so that cores do not slow each other down.
struct alignas(64) Cell {
  std::atomic<std::uint32_t> handles{0};
  std::atomic<std::int64_t> value{0};  // of a histogram: how many observations
  // Histograms only: a count per bucket, the last being +Inf, and the sum of what was observed.
  std::span<const double> bounds;
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets;
  std::atomic<double> sum{0};
};

// Counts itself in its cell for as long as it lives.
class Handle {
 public:
  explicit Handle(Cell& cell) : cell_(&cell) { acquire(); }
  Handle(const Handle& other) : cell_(other.cell_) { acquire(); }
  Handle(Handle&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  Handle& operator=(Handle other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~Handle() {
    if (cell_ != nullptr) cell_->handles.fetch_sub(1, std::memory_order_release);
  }

 protected:
  Cell& cell() const { return *cell_; }

 private:
  void acquire() {
    if (cell_ != nullptr) cell_->handles.fetch_add(1, std::memory_order_relaxed);
  }

  Cell* cell_;
};

class Counter : public Handle {
 public:
  explicit Counter(Handle handle) : Handle(std::move(handle)) {}
  void add(std::uint64_t amount = 1) const {
    add_as_only_writer(cell().value, static_cast<std::int64_t>(amount));
  }
};

// What it shows is the sum over cores, so one core sets and others leave it alone, or all add.
class Gauge : public Handle {
 public:
  explicit Gauge(Handle handle) : Handle(std::move(handle)) {}
  void add(std::int64_t amount = 1) const { add_as_only_writer(cell().value, amount); }
  void sub(std::int64_t amount = 1) const { add_as_only_writer(cell().value, -amount); }
  void set(std::int64_t value) const { cell().value.store(value, std::memory_order_relaxed); }
};

class Histogram : public Handle {
 public:
  explicit Histogram(Handle handle) : Handle(std::move(handle)) {}
  // `value` is in the family's unit; a bucket holds values up to and including its bound.
  void record(double value) const {
    Cell& c = cell();
    std::size_t low = 0;
    for (std::size_t width = c.bounds.size(); width > 0;) {
      const std::size_t half = width / 2;
      if (c.bounds[low + half] < value) {
        low += half + 1;
        width -= half + 1;
      } else {
        width = half;
      }
    }
    add_as_only_writer(c.buckets[low], std::uint64_t{1});
    add_as_only_writer(c.sum, value);
    add_as_only_writer(c.value, std::int64_t{1});
  }
};

}  // namespace seine::metrics
