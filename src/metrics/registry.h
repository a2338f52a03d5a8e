// SPDX-License-Identifier: Apache-2.0
// All families of a process and the body they make. One per process, made by main and handed down;
// outlives every family reference and handle taken from it.
//
//   Counter hits = registry.counter({.description = {.name = "hits", .help = "Hits."}})
//                      .get(core, HitLabels{...});
//   hits.add();
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "metrics/family.h"

namespace seine::metrics {

// Writes families of values that exist elsewhere. Called by the thread that scrapes.
class Collector {
 public:
  virtual ~Collector() = default;
  virtual void collect(TextWriter& writer) = 0;
};

class Registry {
 public:
  // `cores` is how many threads record; each looks its series up with its own index below that.
  // `retain_idle` is METRICS_RETAIN_IDLE.
  Registry(const Clock& clock, std::size_t cores, Duration retain_idle = std::chrono::minutes(10));
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  std::size_t cores() const { return cores_; }

  // The family of that name, made on the first call; asking again with another kind is a bug.
  // References stay valid as long as the registry. `bounds` has static storage.
  Family<Counter>& counter(FamilyOptions options);
  Family<Gauge>& gauge(FamilyOptions options);
  Family<Histogram>& histogram(FamilyOptions options, std::span<const double> bounds);

  // Collectors of a part come after its families, in the order they were added.
  void add_collector(Part part, std::unique_ptr<Collector> collector);
  // The same for a callable `void(TextWriter&)`.
  template <class F>
  void add_callback(Part part, F callback) {
    struct Callback final : Collector {
      explicit Callback(F f) : call(std::move(f)) {}
      void collect(TextWriter& writer) override { call(writer); }
      F call;
    };
    add_collector(part, std::make_unique<Callback>(std::move(callback)));
  }

  // The whole body, after dropping what has been idle too long. Any thread; one at a time.
  std::string scrape();

 private:
  template <class H>
  Family<H>& family(FamilyOptions options, Kind kind, std::span<const double> bounds);
  void write_part(TextWriter& writer, Part part);
  void write_overflows(TextWriter& writer, const std::vector<FamilyBase*>& families) const;
  std::vector<FamilyBase*> families() const;

  const Clock& clock_;
  const std::size_t cores_;
  const Duration retain_idle_;
  std::mutex scrape_mutex_;  // taken before mutex_
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FamilyBase>> families_;          // by mutex_
  std::vector<std::pair<Part, std::unique_ptr<Collector>>> collectors_;  // by scrape_mutex_
};

}  // namespace seine::metrics
