// SPDX-License-Identifier: Apache-2.0
// Views as the JSON of web/src/api/types.ts. Integers are exact; what is no number is null. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dive/views/charts.h"
#include "dive/views/dashboard.h"
#include "dive/views/objective_view.h"
#include "dive/views/service_view.h"
#include "json/writer.h"

namespace seine::dive {

struct EventListView {
  std::vector<EventView> events;
  std::string next;  // for the page after this one; empty: there is none
};

std::string to_json(const DashboardView& view);
std::string to_json(const ServiceView& view);
std::string to_json(const ChartsView& view);
std::string to_json(const ObjectiveView& view);  // ObjectiveStatus
std::string to_json(const EvidenceView& view);
std::string to_json(const ProposalsView& view);
std::string to_json(const EventView& view);
std::string to_json(const EventListView& view);
// {"objectives": [ObjectiveStatus]}, {"clusters": [ClusterStatus]}
std::string objectives_json(std::span<const ObjectiveView> views);
std::string clusters_json(std::span<const ClusterStatus> views);

// Parts, for those who write an answer around them.
void write(json::Writer& out, const ObjectiveView& view);       // ObjectiveStatus
void write_card(json::Writer& out, const ObjectiveView& view);  // ObjectiveCard
void write(json::Writer& out, const EventView& view);
void write(json::Writer& out, const ServiceRef& service);
void write(json::Writer& out, const ClusterStatus& cluster);
void write(json::Writer& out, const Golden& golden);
void write(json::Writer& out, const std::optional<TcpTraffic>& tcp);
void write_time(json::Writer& out, WallTime time);
void write_time(json::Writer& out, const std::optional<WallTime>& time);
// As milliseconds with at most three digits after the point.
void write_latency(json::Writer& out, const std::optional<Duration>& latency);
void write_count(json::Writer& out, std::uint64_t count);

}  // namespace seine::dive
