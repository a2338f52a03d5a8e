// SPDX-License-Identifier: Apache-2.0
#include "dive/views/charts.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "dive/evidence/backends.h"
#include "dive/slo/assessment.h"
#include "dive/views/golden.h"
#include "dive/views/rows_of_counts.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<Duration, 9> kSteps = {seconds(10), seconds(30), minutes(1),
                                            minutes(5),  minutes(15), hours(1),
                                            hours(3),    hours(6),    hours(24)};

WallTime floor_to(WallTime time, Duration unit) {
  const Duration since = time.time_since_epoch();
  return time - since % unit;
}

Duration step_of(const Span& span, const Retention& retention, WallTime now) {
  Duration least = seconds(10);
  if (span.from < now - retention.kept[0]) least = minutes(1);
  if (span.from < now - retention.kept[1]) least = hours(1);
  for (const Duration step : kSteps) {
    if (step >= least && (span.to - span.from) / kMostChartSteps <= step) return step;
  }
  return kSteps.back();
}

// Where no pod lived nothing is missing.
bool is_missing(const Coverage& coverage) {
  const Ratio share = coverage.share();
  return share.numerator * kLeastCoverage.denominator <
         kLeastCoverage.numerator * share.denominator;
}

std::vector<Span> gaps_of(const ChartGrid& grid, const std::vector<Coverage>& coverage) {
  std::vector<Span> out;
  for (std::size_t i = 0; i < coverage.size(); ++i) {
    if (!is_missing(coverage[i])) continue;
    const WallTime from = grid.from + grid.step * static_cast<std::int64_t>(i);
    const WallTime to = std::min(grid.to, from + grid.step);
    if (!out.empty() && out.back().to == from) {
      out.back().to = to;
    } else {
      out.push_back({from, to});
    }
  }
  return out;
}

}  // namespace

std::size_t ChartGrid::size() const {
  return to <= from ? 0 : static_cast<std::size_t>((to - from + step - Duration(1)) / step);
}

std::optional<std::size_t> ChartGrid::find(WallTime slot_end) const {
  if (slot_end <= from || slot_end > to) return std::nullopt;
  return static_cast<std::size_t>((slot_end - from - Duration(1)) / step);
}

ChartGrid chart_grid(const Span& span, const Retention& retention, WallTime now) {
  ChartGrid grid{.from = span.from, .to = span.to, .step = step_of(span, retention, now)};
  // Slots of a minute are not to be cut.
  const Duration slot = grid.step >= minutes(1) ? Duration(minutes(1)) : Duration(seconds(10));
  grid.to = floor_to(span.to, slot);
  if (grid.step >= hours(1)) {
    grid.from = floor_to(span.from, grid.step);
    return grid;
  }
  const auto steps = static_cast<std::int64_t>(
      ChartGrid{.from = span.from, .to = grid.to, .step = grid.step}.size());
  grid.from = grid.to - grid.step * steps;
  return grid;
}

Span chart_span(const Span& asked, const KeptCluster& cluster, const ServiceName& name) {
  const ClusterCatalog::State& catalog = cluster.catalog.state();
  const auto service = catalog.services.find(name);
  if (service == catalog.services.end()) return asked;
  WallTime first = service->second.first_seen;
  for (const WorkloadName& each : all_workloads(service->second)) {
    const auto workload = catalog.workloads.find(each);
    if (workload == catalog.workloads.end()) continue;
    first = std::min(first, workload->second.first_seen);
    for (const Pod& pod : workload->second.now.pods) first = std::min(first, pod.since);
  }
  return {std::max(asked.from, std::min<WallTime>(first, asked.to - minutes(1))), asked.to};
}

ChartsView make_charts(const ChartGrid& grid, const KeptCluster& cluster, const ServiceName& name,
                       CountAnswer answer, std::span<const Event> rollouts) {
  ChartsView out{.grid = grid, .asked_from = grid.from};
  const Subject subject{.ns = name.ns, .name = name.name, .route = {}, .environment = {}};
  const Backends backends = backends_of(cluster.catalog.state(), subject);
  const SubjectRows rows_of_service(subject, backends);
  std::vector<GoldenSum> sums(grid.size());
  for (const CountRows& rows : rows_of(std::move(answer.series))) {
    if (!rows_of_service.contains(rows.facts) || !is_of_verdict(rows.facts)) continue;
    for (const RowSlot& slot : rows.slots) {
      if (const auto at = grid.find(slot.end)) sums[*at].add(rows.facts, slot);
    }
  }
  std::vector<Coverage> coverage(grid.size());
  for (const CoverageSlot& slot : coverage_of(answer.covered)) {
    if (const auto at = grid.find(slot.end)) coverage[*at] += slot.coverage;
  }
  for (const GoldenSum& sum : sums) {
    const Golden golden = sum.finish(grid.step);
    out.counts.push_back(golden.counts);
    out.p50.push_back(golden.p50);
    out.p95.push_back(golden.p95);
    out.p99.push_back(golden.p99);
  }
  out.gaps = gaps_of(grid, coverage);
  for (const Event& event : rollouts) {
    if (event.begins_at <= grid.from || event.begins_at > grid.to) continue;
    out.markers.push_back({event.begins_at, event.title, event.id});
  }
  std::ranges::sort(out.markers, {},
                    [](const auto& each) { return std::tie(each.at, each.event); });
  return out;
}

}  // namespace seine::dive
