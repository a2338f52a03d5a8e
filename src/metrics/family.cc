// SPDX-License-Identifier: Apache-2.0
#include "metrics/family.h"

#include "base/check.h"

namespace seine::metrics {

namespace {
constexpr std::string_view kOverflow = "overflow=\"true\"";
}  // namespace

Series::Series(std::size_t cores, std::span<const double> bounds)
    : cells(std::make_unique<Cell[]>(cores)) {
  if (bounds.empty()) return;
  for (std::size_t core = 0; core < cores; ++core) {
    cells[core].bounds = bounds;
    cells[core].buckets = std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1);
  }
}

FamilyBase::FamilyBase(FamilyOptions options, Kind kind, std::size_t cores,
                       std::span<const double> bounds)
    : options_(std::move(options)), kind_(kind), cores_(cores), bounds_(bounds) {
  SEINE_CHECK((kind == Kind::kHistogram) == !bounds.empty(), "exactly histograms have buckets");
  for (double bound : bounds) {
    bound_labels_.push_back(format_bound(bound, options_.description.part));
  }
}

Handle FamilyBase::find(std::size_t core, std::string_view labels) {
  SEINE_CHECK(core < cores_, "a series is looked up for one of the registry's cores");
  const std::lock_guard lock(mutex_);
  auto found = series_.find(labels);
  if (found == series_.end()) {
    if (series_.size() >= options_.max_series) {
      overflows_.fetch_add(1, std::memory_order_relaxed);
      labels = kOverflow;
    }
    found = series_.try_emplace(std::string(labels), cores_, bounds_).first;
  }
  return Handle(found->second.cells[core]);
}

std::size_t FamilyBase::series_count() const {
  const std::lock_guard lock(mutex_);
  return series_.size();
}

std::int64_t FamilyBase::total(const Series& series) const {
  std::int64_t sum = 0;
  for (std::size_t core = 0; core < cores_; ++core) {
    sum += series.cells[core].value.load(std::memory_order_relaxed);
  }
  return sum;
}

bool FamilyBase::held(const Series& series) const {
  for (std::size_t core = 0; core < cores_; ++core) {
    if (series.cells[core].handles.load(std::memory_order_acquire) > 0) return true;
  }
  return false;
}

void FamilyBase::write(TextWriter& writer) const {
  std::vector<std::pair<std::string_view, const Series*>> listed;
  {
    const std::lock_guard lock(mutex_);
    listed.reserve(series_.size());
    for (const auto& [labels, series] : series_) listed.emplace_back(labels, &series);
  }
  if (listed.empty()) return;
  writer.family(options_.description, kind_);
  for (const auto& [labels, series] : listed) {
    if (kind_ == Kind::kHistogram) {
      write_histogram(writer, labels, *series);
    } else {
      writer.sample(labels, total(*series));
    }
  }
}

// The count is that of the buckets just read, so a body never contradicts itself while a core
// records.
void FamilyBase::write_histogram(TextWriter& writer, std::string_view labels,
                                 const Series& series) const {
  std::uint64_t cumulative = 0;
  double sum = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) {
    for (std::size_t core = 0; core < cores_; ++core) {
      cumulative += series.cells[core].buckets[i].load(std::memory_order_relaxed);
    }
    writer.bucket(labels, i < bounds_.size() ? std::string_view(bound_labels_[i]) : "+Inf",
                  cumulative);
  }
  for (std::size_t core = 0; core < cores_; ++core) {
    sum += series.cells[core].sum.load(std::memory_order_relaxed);
  }
  writer.count(labels, cumulative);
  writer.sum(labels, sum);
}

void FamilyBase::evict_idle(TimePoint now, Duration retain) {
  if (!options_.evictable) return;
  const std::lock_guard lock(mutex_);
  for (auto entry = series_.begin(); entry != series_.end();) {
    Series& series = entry->second;
    const std::int64_t value = total(series);
    if (held(series) || value != series.seen || !series.idle_since) {
      series.seen = value;
      series.idle_since = now;
    } else if (now - *series.idle_since >= retain) {
      entry = series_.erase(entry);
      continue;
    }
    ++entry;
  }
}

}  // namespace seine::metrics
