// SPDX-License-Identifier: Apache-2.0
// A family: all series of one name, one per label set. Looking a series up takes a mutex and may
// allocate, so it is done once per connection, route or endpoint, not per request.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/series.h"
#include "metrics/text.h"

namespace seine::metrics {

struct FamilyOptions {
  Description description;
  // Series that no handle holds vanish once they stood still for the registry's retain_idle.
  bool evictable = false;
  // More label sets than this share one series, overflow="true".
  std::size_t max_series = 10'000;
};

struct Series {
  Series(std::size_t cores, std::span<const double> bounds);

  std::unique_ptr<Cell[]> cells;  // one per core
  // Of the scraper: what it saw last, and since when that has not changed.
  std::int64_t seen = 0;
  std::optional<TimePoint> idle_since;
};

// Any thread may look up; scrape functions are called by the registry, one thread at a time.
class FamilyBase {
 public:
  // `bounds` are of static storage and ascending; empty for anything but a histogram.
  FamilyBase(FamilyOptions options, Kind kind, std::size_t cores, std::span<const double> bounds);
  FamilyBase(const FamilyBase&) = delete;
  FamilyBase& operator=(const FamilyBase&) = delete;

  Kind kind() const { return kind_; }
  const Description& description() const { return options_.description; }
  std::size_t series_count() const;
  // How many lookups got the overflow series.
  std::uint64_t overflows() const { return overflows_.load(std::memory_order_relaxed); }

  // Appends every series in the order of its label text. The lock is held to list them only.
  void write(TextWriter& writer) const;
  // Drops the series that have been idle for `retain`.
  void evict_idle(TimePoint now, Duration retain);

 protected:
  // The handle is made under the lock, or an eviction could slip in between.
  Handle find(std::size_t core, std::string_view labels);

 private:
  void write_histogram(TextWriter& writer, std::string_view labels, const Series& series) const;
  std::int64_t total(const Series& series) const;
  bool held(const Series& series) const;

  const FamilyOptions options_;
  const Kind kind_;
  const std::size_t cores_;
  const std::span<const double> bounds_;
  std::vector<std::string> bound_labels_;
  std::atomic<std::uint64_t> overflows_{0};
  mutable std::mutex mutex_;
  std::map<std::string, Series, std::less<>> series_;  // guarded by mutex_; nodes do not move
};

// H is Counter, Gauge or Histogram.
template <class H>
class Family : public FamilyBase {
 public:
  using FamilyBase::FamilyBase;

  // The series of `labels`, made if it is new. `core` is that of the thread that will record.
  template <LabelSet Labels>
  H get(std::size_t core, const Labels& labels) {
    LabelWriter writer;
    labels.write(writer);
    return H(find(core, writer.text()));
  }
  H get(std::size_t core) { return get(core, NoLabels()); }
};

}  // namespace seine::metrics
