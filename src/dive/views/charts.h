// SPDX-License-Identifier: Apache-2.0
// Success, latency and requests of a service over time, where they are missing, and what was rolled
// out meanwhile. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dive/slo/tally.h"
#include "dive/slo/window.h"
#include "dive/store/count_query.h"
#include "dive/store/retention.h"
#include "dive/views/event_view.h"

namespace seine::dive {

inline constexpr int kMostChartSteps = 360;

// Where steps lie: they begin at `from` and each is `step` long, but for the last, which ends at
// `to` and may be shorter.
struct ChartGrid {
  WallTime from;
  WallTime to;
  Duration step{};
  std::size_t size() const;
  // The step in which a slot with this end lies; nothing outside.
  std::optional<std::size_t> find(WallTime slot_end) const;
};

// The shortest step of 10 s, 30 s, 1, 5, 15 min, 1, 3, 6, 24 h that makes no more than
// kMostChartSteps, and that whatever is kept of the span's begin fills. Short steps end where the
// span does; from an hour on they begin where hours do.
ChartGrid chart_grid(const Span& span, const Retention& retention, WallTime now);

struct ChartsView {
  ChartGrid grid;
  WallTime asked_from;  // the grid begins no earlier than the first lease
  // One entry for each step. Where nothing is missing and nothing was asked, they are 0.
  std::vector<Outcomes> counts;
  std::vector<std::optional<Duration>> p50;
  std::vector<std::optional<Duration>> p95;
  std::vector<std::optional<Duration>> p99;
  // Steps in which less than kLeastCoverage of what should be was measured.
  std::vector<Span> gaps;
  struct Marker {
    WallTime at;
    std::string title;
    std::string event;
  };
  std::vector<Marker> markers;  // ascending
};

// What to draw of what was asked for: from the first lease of who answers on, but a minute at
// least.
Span chart_span(const Span& asked, const KeptCluster& cluster, const ServiceName& name);

// `answer` is to kService of the grid's span; `rollouts` may be of more than it.
ChartsView make_charts(const ChartGrid& grid, const KeptCluster& cluster, const ServiceName& name,
                       CountAnswer answer, std::span<const Event> rollouts);

}  // namespace seine::dive
