// SPDX-License-Identifier: Apache-2.0
#include "metrics/registry.h"

#include "base/check.h"

namespace seine::metrics {

Registry::Registry(const Clock& clock, std::size_t cores, Duration retain_idle)
    : clock_(clock), cores_(cores), retain_idle_(retain_idle) {
  SEINE_CHECK(cores > 0, "somebody must record");
}

Registry::~Registry() = default;

template <class H>
Family<H>& Registry::family(FamilyOptions options, Kind kind, std::span<const double> bounds) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<FamilyBase>& slot = families_[options.description.name];
  if (slot == nullptr) {
    slot = std::make_unique<Family<H>>(std::move(options), kind, cores_, bounds);
  }
  SEINE_CHECK(slot->kind() == kind, "a family keeps the kind it was made with");
  return static_cast<Family<H>&>(*slot);
}

Family<Counter>& Registry::counter(FamilyOptions options) {
  return family<Counter>(std::move(options), Kind::kCounter, {});
}
Family<Gauge>& Registry::gauge(FamilyOptions options) {
  return family<Gauge>(std::move(options), Kind::kGauge, {});
}
Family<Histogram>& Registry::histogram(FamilyOptions options, std::span<const double> bounds) {
  return family<Histogram>(std::move(options), Kind::kHistogram, bounds);
}

void Registry::add_collector(Part part, std::unique_ptr<Collector> collector) {
  const std::lock_guard lock(scrape_mutex_);
  collectors_.emplace_back(part, std::move(collector));
}

std::vector<FamilyBase*> Registry::families() const {
  const std::lock_guard lock(mutex_);
  std::vector<FamilyBase*> all;
  all.reserve(families_.size());
  for (const auto& [name, family] : families_) all.push_back(family.get());
  return all;
}

void Registry::write_overflows(TextWriter& writer, const std::vector<FamilyBase*>& families) const {
  writer.family({.name = "metrics_series_overflows",
                 .help = "Lookups that shared a family's overflow series, it being full."},
                Kind::kCounter);
  for (const FamilyBase* family : families) {
    if (family->overflows() == 0) continue;
    LabelWriter labels;
    labels.add("family", family->description().name);
    writer.sample(labels.text(), static_cast<std::int64_t>(family->overflows()));
  }
}

void Registry::write_part(TextWriter& writer, Part part) {
  const std::vector<FamilyBase*> all = families();
  for (FamilyBase* family : all) {
    if (family->description().part != part) continue;
    family->evict_idle(clock_.now(), retain_idle_);
    family->write(writer);
  }
  if (part == Part::kOpenMetrics) write_overflows(writer, all);
  for (const auto& [where, collector] : collectors_) {
    if (where == part) collector->collect(writer);
  }
}

std::string Registry::scrape() {
  const std::lock_guard lock(scrape_mutex_);
  TextWriter writer;
  write_part(writer, Part::kPlain);
  write_part(writer, Part::kOpenMetrics);
  return std::move(writer).finish();
}

}  // namespace seine::metrics
