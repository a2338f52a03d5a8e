// SPDX-License-Identifier: Apache-2.0
#include "dive/events/event.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "fmt/format.h"

#include "base/check.h"

namespace seine::dive {
namespace {

EventTarget target_of(const std::string& cluster, const WorkloadName& workload) {
  return {.cluster = cluster, .ns = workload.ns, .kind = workload.kind, .name = workload.name};
}

}  // namespace

std::string_view kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::kRollout: return "code rollout";
    case EventKind::kProcess: return "process";
    case EventKind::kCluster: return "cluster";
  }
  SEINE_CHECK(false, "every kind has a name");
}

Event show(const std::string& cluster, const WorkloadName& workload, const Rollout& rollout,
           WallTime known_until) {
  return {.id = fmt::format("rollout.{}.{}.{}.{}.{}", cluster, workload.ns, workload.kind,
                            workload.name, rollout.number),
          .kind = EventKind::kRollout,
          .title = rollout_title(rollout),
          .description = fmt::format("{} \u2192 {}", revision_text(rollout.from, rollout.to),
                                     revision_text(rollout.to, rollout.from)),
          .targets = {target_of(cluster, workload)},
          .person = rollout.started_by,
          .state = std::string(phase_name(phase_at(rollout, known_until))),
          .is_over = rollout.end.has_value(),
          .begins_at = rollout.started_at,
          .ended_at = rollout.end ? std::optional(rollout.ended_at) : std::nullopt,
          .ready_pods = std::pair(rollout.ready, rollout.pods),
          .revisions = std::pair(revision_text(rollout.from, rollout.to),
                                 revision_text(rollout.to, rollout.from))};
}

Event show(const ProcessEvent& event, WallTime now) {
  std::optional<WallTime> ended;
  if (event.concluded) ended = event.concluded->at;
  return {.id = "process." + event.id,
          .kind = EventKind::kProcess,
          .title = event.title,
          .description = event.description,
          .targets = event.targets,
          .person = event.started ? event.started->person : event.created.person,
          .state = std::string(state_name(state_at(event, now))),
          .is_over = event.concluded.has_value(),
          .begins_at = event.started         ? event.started->at
                       : event.scheduled_for ? *event.scheduled_for
                                             : event.created.at,
          .ended_at = ended,
          .ready_pods = std::nullopt,
          .revisions = std::nullopt};
}

Event show(const std::string& cluster, const ClusterEvent& event) {
  EventTarget target{.cluster = cluster, .ns = {}, .kind = {}, .name = {}};
  if (event.workload) target = target_of(cluster, *event.workload);
  return {.id = fmt::format("cluster.{}.{}", cluster, event.id),
          .kind = EventKind::kCluster,
          .title = event.summary,
          .description = event.description,
          .targets = {std::move(target)},
          .person = {},
          .state = "happened",
          .is_over = true,
          .begins_at = event.at,
          .ended_at = event.at,
          .ready_pods = std::nullopt,
          .revisions = std::nullopt};
}

void sort_events(std::vector<Event>& events, WallTime now) {
  const auto rank = [&](const Event& event) {
    const bool is_to_come = !event.is_over && event.begins_at > now;
    const int order = event.is_over ? 2 : is_to_come ? 1 : 0;
    const std::int64_t time = event.begins_at.time_since_epoch().count();
    return std::tuple(order, is_to_come ? time : -time);
  };
  std::ranges::sort(events, [&](const Event& a, const Event& b) {
    const auto left = rank(a);
    const auto right = rank(b);
    return left != right ? left < right : a.id < b.id;
  });
}

}  // namespace seine::dive
