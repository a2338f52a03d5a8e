// SPDX-License-Identifier: Apache-2.0
#include "dive/views/dive_views.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "fmt/format.h"

#include "dive/views/cluster_services.h"
#include "dive/views/completeness.h"

namespace seine::dive {

using runtime::Task;

namespace {

constexpr std::size_t kMaxServiceEvents = 50;

void append(CountAnswer& sum, CountAnswer answer) {
  std::ranges::move(answer.series, std::back_inserter(sum.series));
  std::ranges::move(answer.covered, std::back_inserter(sum.covered));
}

struct ClusterToAsk {
  std::string name;
  std::int64_t id = 0;
  std::vector<WorkloadId> workloads;
};

}  // namespace

Result<DiveViews::Found> DiveViews::find(const ServiceRef& ref) const {
  const auto cluster = find_again(ref.cluster);
  if (!cluster) return fail(cluster.error());
  const ClusterCatalog::State& catalog = (*cluster)->catalog.state();
  const ServiceName name{ref.ns, ref.name};
  if (!catalog.services.contains(name)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("cluster {} has no service {}", ref.cluster, format_name(name)));
  }
  return Found{.id = (*cluster)->id,
               .workloads = workload_ids(catalog, name),
               .targets = targets_of(ref.cluster, catalog, name)};
}

Result<const KeptCluster*> DiveViews::find_again(const std::string& cluster) const {
  const auto found = records_.clusters().find(cluster);
  if (found == records_.clusters().end()) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no cluster {}", cluster));
  }
  return &found->second;
}

Result<Objective> DiveViews::find_objective(const std::string& name) const {
  const auto found = records_.objectives().find(name);
  if (found == records_.objectives().end()) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no objective {}", name));
  }
  return found->second.objective;
}

Task<Result<Span>> DiveViews::complete(std::int64_t cluster, Span span) {
  const auto until = co_await store_.counts().complete_until(cluster);
  if (!until) co_return fail(until.error());
  span.to = std::min(span.to, complete_moment(now(), std::array{*until}));
  span.from = std::min(span.from, span.to);
  co_return span;
}

Task<Result<DashboardView>> DiveViews::dashboard(Span span) {
  const auto turn = co_await turns_.take(0);
  // Of the last hour, another second's is the same.
  const auto is_same = [&](const Span& kept) {
    return kept.to - kept.from == span.to - span.from &&
           std::chrono::abs(span.to - kept.to) <= kDashboardKeptFor;
  };
  if (dashboard_ && loop_.clock().now() < dashboard_->until && is_same(dashboard_->span)) {
    co_return dashboard_->view;
  }
  auto view = co_await make_dashboard_of(span);
  if (view) {
    dashboard_ = KeptDashboard{
        .span = span, .view = *view, .until = loop_.clock().now() + kDashboardKeptFor};
  }
  co_return view;
}

Task<Result<DashboardView>> DiveViews::make_dashboard_of(Span span) {
  auto states = co_await objectives();
  if (!states) co_return fail(std::move(states.error()));
  std::vector<ClusterToAsk> asked;
  for (const auto& [name, cluster] : records_.clusters()) {
    ClusterToAsk each{.name = name, .id = cluster.id, .workloads = {}};
    for (const auto& [workload, told] : cluster.catalog.state().workloads) {
      if (told.gone_at) continue;
      each.workloads.push_back({.ns = workload.ns, .kind = workload.kind, .name = workload.name});
    }
    asked.push_back(std::move(each));
  }
  std::vector<CountAnswer> answers;
  for (const ClusterToAsk& each : asked) {
    const auto whole = co_await complete(each.id, span);
    if (!whole) co_return fail(whole.error());
    auto answer = co_await store_.counts().ask(each.id, {.about = CountQuestion::About::kAll,
                                                         .workloads = each.workloads,
                                                         .from = whole->from,
                                                         .to = whole->to,
                                                         .detail = Detail::kTotals,
                                                         .summed = true,
                                                         .each_request_once = true});
    if (!answer) co_return fail(std::move(answer.error()));
    answers.push_back(*std::move(answer));
  }
  std::vector<ClusterCounts> counts;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto cluster = find_again(asked[i].name);
    if (cluster) counts.push_back({.cluster = *cluster, .answer = std::move(answers[i])});
  }
  co_return make_dashboard(std::move(counts), *states, span, now(), started_);
}

Task<Result<void>> DiveViews::ask_workloads(Found found, Span span, ServiceFacts& facts) {
  for (const WorkloadId& each : found.workloads) {
    CountQuestion question{.about = CountQuestion::About::kCalls,
                           .ns = each.ns,
                           .name = each.name,
                           .workloads = {each},
                           .from = span.from,
                           .to = span.to,
                           .detail = Detail::kTotals,
                           .summed = true,
                           .each_request_once = true};
    auto calls = co_await store_.counts().ask(found.id, question);
    if (!calls) co_return fail(std::move(calls.error()));
    append(facts.calls, *std::move(calls));
    question.about = CountQuestion::About::kWorkload;
    question.from = span.to - std::chrono::hours(24);
    auto day = co_await store_.counts().ask(found.id, std::move(question));
    if (!day) co_return fail(std::move(day.error()));
    facts.days.emplace(WorkloadName{each.ns, each.kind, each.name}, *std::move(day));
  }
  co_return Result<void>();
}

Task<Result<ServiceView>> DiveViews::service(ServiceRef ref, Span span) {
  auto found = find(ref);
  if (!found) co_return fail(std::move(found.error()));
  const auto whole = co_await complete(found->id, span);
  if (!whole) co_return fail(whole.error());
  ServiceFacts facts{.name = {ref.ns, ref.name}};
  auto answer = co_await store_.counts().ask(found->id, {.about = CountQuestion::About::kService,
                                                         .ns = ref.ns,
                                                         .name = ref.name,
                                                         .workloads = found->workloads,
                                                         .from = whole->from,
                                                         .to = whole->to,
                                                         .detail = Detail::kTotals,
                                                         .summed = true,
                                                         .each_request_once = true});
  if (!answer) co_return fail(std::move(answer.error()));
  facts.to = *std::move(answer);
  auto asked = co_await ask_workloads(*found, *whole, facts);
  if (!asked) co_return fail(std::move(asked.error()));
  auto states = co_await objectives();
  if (!states) co_return fail(std::move(states.error()));
  auto events = co_await events_of(found->targets,
                                   {.from = span.from, .to = span.to, .limit = kMaxServiceEvents});
  if (!events) co_return fail(std::move(events.error()));

  const auto cluster = find_again(ref.cluster);
  if (!cluster) co_return fail(cluster.error());
  facts.cluster = *cluster;
  const ClusterCatalog::State& catalog = (*cluster)->catalog.state();
  const ServiceName name = facts.name;
  ServiceView view = make_service_view(std::move(facts));
  view.now = now();
  view.span = *whole;
  for (ObjectiveView& each : *states) {
    if (is_shown_with(each.objective, catalog, name)) view.objectives.push_back(std::move(each));
  }
  for (Event& each : *events) {
    view.events.push_back(make_event_view(std::move(each), records_.clusters()));
  }
  co_return view;
}

Task<Result<ChartsView>> DiveViews::charts(ServiceRef ref, Span span) {
  auto found = find(ref);
  if (!found) co_return fail(std::move(found.error()));
  const auto whole = co_await complete(found->id, span);
  if (!whole) co_return fail(whole.error());
  const ChartGrid grid = chart_grid(*whole, store_.retention(), now());
  const bool is_long = grid.step >= std::chrono::hours(1);
  auto answer = co_await store_.counts().ask(found->id,
                                             {.about = CountQuestion::About::kService,
                                              .ns = ref.ns,
                                              .name = ref.name,
                                              .workloads = found->workloads,
                                              .from = grid.from,
                                              .to = grid.to,
                                              .detail = is_long ? Detail::kTotals : Detail::kFinest,
                                              .each_request_once = true});
  if (!answer) co_return fail(std::move(answer.error()));
  auto rollouts = co_await events_of(
      found->targets,
      {.from = grid.from, .to = grid.to, .with_open = false, .kind = EventKind::kRollout});
  if (!rollouts) co_return fail(std::move(rollouts.error()));
  const auto cluster = find_again(ref.cluster);
  if (!cluster) co_return fail(cluster.error());
  co_return make_charts(grid, **cluster, {ref.ns, ref.name}, *std::move(answer), *rollouts);
}

std::vector<ClusterStatus> DiveViews::clusters() const {
  std::vector<ClusterStatus> out;
  for (const auto& [name, cluster] : records_.clusters()) out.push_back(status_of(cluster, now()));
  return out;
}

Task<Result<std::vector<ObjectiveView>>> DiveViews::objectives() {
  std::vector<Objective> all;
  for (const auto& [name, kept] : records_.objectives()) all.push_back(kept.objective);
  std::vector<ObjectiveView> out;
  for (const Objective& each : all) {
    auto view = co_await reader_.read_kept(each);
    if (!view) co_return fail(std::move(view.error()));
    out.push_back(*std::move(view));
  }
  co_return out;
}

Task<Result<ObjectiveView>> DiveViews::objective(std::string name) {
  auto found = find_objective(name);
  if (!found) co_return fail(std::move(found.error()));
  co_return co_await reader_.read_kept(*std::move(found));
}

Task<Result<ObjectiveView>> DiveViews::try_objective(Objective draft) {
  co_return co_await reader_.read(std::move(draft));
}

Task<Result<ProposalsView>> DiveViews::propose(Objective draft, bool has_own_goal) {
  co_return co_await reader_.propose(std::move(draft), has_own_goal);
}

Task<Result<EvidenceView>> DiveViews::evidence(std::string name) {
  auto found = find_objective(name);
  if (!found) co_return fail(std::move(found.error()));
  co_return co_await reader_.find_evidence_of(*std::move(found));
}

}  // namespace seine::dive
