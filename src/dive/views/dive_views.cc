// SPDX-License-Identifier: Apache-2.0
#include "dive/views/dive_views.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "fmt/format.h"

#include "base/shown_text.h"
#include "dive/views/cluster_services.h"
#include "dive/views/completeness.h"
#include "dive/views/service_state.h"
#include "dive/views/unreadable.h"

namespace seine::dive {

using runtime::Task;

namespace {

constexpr std::size_t kMaxServiceEvents = 50;

void append(CountAnswer& sum, CountAnswer answer) {
  std::ranges::move(answer.series, std::back_inserter(sum.series));
  std::ranges::move(answer.covered, std::back_inserter(sum.covered));
}

// What cannot be read of a page; an error that is not of this alone stays one.
Result<void> note(const Error& error, const std::string& what, std::vector<std::string>& problems) {
  if (!is_of_one(error)) return fail(Error(error));
  problems.push_back(fmt::format("{} cannot be read: {}", what, error.message));
  return {};
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
                fmt::format("cluster {} has no service {}", ref.cluster, brief(format_name(name))));
  }
  return Found{.id = (*cluster)->id,
               .workloads = workload_ids(catalog, name),
               .targets = targets_of(ref.cluster, catalog, name)};
}

Result<const KeptCluster*> DiveViews::find_again(const std::string& cluster) const {
  const auto found = records_.clusters().find(cluster);
  if (found == records_.clusters().end()) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no cluster {}", brief(cluster)));
  }
  return &found->second;
}

Result<Objective> DiveViews::find_objective(const std::string& name) const {
  const auto found = records_.objectives().find(name);
  if (found == records_.objectives().end()) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no objective {}", brief(name)));
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
  std::vector<Result<BothKinds>> answers;
  for (const ClusterToAsk& each : asked) {
    answers.push_back(co_await ask_all(each.id, each.workloads, span));
    if (!answers.back() && !is_of_one(answers.back().error())) {
      co_return fail(std::move(answers.back().error()));
    }
  }
  std::vector<ClusterCounts> counts;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto cluster = find_again(asked[i].name);
    if (!cluster) continue;
    ClusterCounts& each = counts.emplace_back(ClusterCounts{.cluster = *cluster});
    if (answers[i]) {
      each.answer = std::move(answers[i]->requests);
      each.tcp = std::move(answers[i]->connections);
    } else {
      each.problem = std::move(answers[i].error().message);
    }
  }
  co_return make_dashboard(std::move(counts), *states, span, now(), started_);
}

Task<Result<DiveViews::BothKinds>> DiveViews::ask_both(std::int64_t cluster,
                                                       CountQuestion question) {
  question.detail = Detail::kTotals;
  question.summed = true;
  question.each_request_once = true;
  question.kind = SeriesKind::kHttp;
  auto requests = co_await store_.counts().ask(cluster, question);
  if (!requests) co_return fail(std::move(requests.error()));
  question.kind = SeriesKind::kTcp;
  auto connections = co_await store_.counts().ask(cluster, std::move(question));
  if (!connections) co_return fail(std::move(connections.error()));
  co_return BothKinds{*std::move(requests), *std::move(connections)};
}

Task<Result<DiveViews::BothKinds>> DiveViews::ask_all(std::int64_t cluster,
                                                      std::vector<WorkloadId> workloads,
                                                      Span span) {
  const auto whole = co_await complete(cluster, span);
  if (!whole) co_return fail(whole.error());
  co_return co_await ask_both(cluster, {.about = CountQuestion::About::kAll,
                                        .workloads = std::move(workloads),
                                        .from = whole->from,
                                        .to = whole->to});
}

Task<Result<void>> DiveViews::ask_service(Found found, Span span, ServiceFacts& facts,
                                          std::vector<std::string>& problems) {
  auto asked = co_await ask_both(found.id, {.about = CountQuestion::About::kService,
                                            .ns = facts.name.ns,
                                            .name = facts.name.name,
                                            .workloads = found.workloads,
                                            .from = span.from,
                                            .to = span.to});
  if (asked) {
    facts.to = std::move(asked->requests);
    facts.to_tcp = std::move(asked->connections);
  } else if (auto noted = note(asked.error(), "what it was asked", problems); !noted) {
    co_return noted;
  }
  for (const WorkloadId& each : found.workloads) {
    CountQuestion question{.about = CountQuestion::About::kCalls,
                           .ns = each.ns,
                           .name = each.name,
                           .workloads = {each},
                           .from = span.from,
                           .to = span.to};
    auto calls = co_await ask_both(found.id, question);
    if (calls) {
      append(facts.calls, std::move(calls->requests));
      append(facts.calls_tcp, std::move(calls->connections));
    } else if (auto noted = note(calls.error(), "what " + each.name + " calls", problems); !noted) {
      co_return noted;
    }
    question.about = CountQuestion::About::kWorkload;
    question.from = span.to - std::chrono::hours(24);
    question.detail = Detail::kTotals;
    question.summed = question.each_request_once = true;
    auto day = co_await store_.counts().ask(found.id, std::move(question));
    if (day) {
      facts.days.emplace(WorkloadName{each.ns, each.kind, each.name}, *std::move(day));
    } else if (auto noted = note(day.error(), "the last day of " + each.name, problems); !noted) {
      co_return noted;
    }
  }
  co_return Result<void>();
}

Task<Result<ServiceView>> DiveViews::service(ServiceRef ref, Span span) {
  auto found = find(ref);
  if (!found) co_return fail(std::move(found.error()));
  const auto whole = co_await complete(found->id, span);
  if (!whole) co_return fail(whole.error());
  ServiceFacts facts{.name = {ref.ns, ref.name}};
  std::vector<std::string> problems;
  auto asked = co_await ask_service(*found, *whole, facts, problems);
  if (!asked) co_return fail(std::move(asked.error()));
  auto states = co_await objectives_of(ref);
  if (!states) co_return fail(std::move(states.error()));
  auto events = co_await events_of(found->targets,
                                   {.from = span.from, .to = span.to, .limit = kMaxServiceEvents});
  if (!events) co_return fail(std::move(events.error()));

  const auto cluster = find_again(ref.cluster);
  if (!cluster) co_return fail(cluster.error());
  facts.cluster = *cluster;
  ServiceView view = make_service_view(std::move(facts));
  view.now = now();
  view.span = *whole;
  view.problems = std::move(problems);
  std::vector<State> shown;
  for (ObjectiveView& each : *states) {
    shown.push_back(each.card.state);
    view.objectives.push_back(std::move(each));
  }
  view.state = service_state(shown, view.tcp && !view.golden.has_requests());
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
  auto cluster = find_again(ref.cluster);
  if (!cluster) co_return fail(cluster.error());
  const Span shown = chart_span(*whole, **cluster, {ref.ns, ref.name});
  const ChartGrid grid = chart_grid(shown, store_.retention(), now());
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
  cluster = find_again(ref.cluster);
  if (!cluster) co_return fail(cluster.error());
  ChartsView view = make_charts(grid, **cluster, {ref.ns, ref.name}, *std::move(answer), *rollouts);
  view.asked_from = whole->from;
  co_return view;
}

std::vector<ClusterStatus> DiveViews::clusters() const {
  std::vector<ClusterStatus> out;
  for (const auto& [name, cluster] : records_.clusters()) out.push_back(status_of(cluster, now()));
  return out;
}

Task<Result<std::vector<ObjectiveView>>> DiveViews::objectives() {
  std::vector<Objective> all;
  for (const auto& [name, kept] : records_.objectives()) all.push_back(kept.objective);
  co_return co_await read_kept(std::move(all), reader_.among_all());
}

Task<Result<std::vector<ObjectiveView>>> DiveViews::objectives_of(ServiceRef ref) {
  std::vector<Objective> shown;
  if (const auto cluster = find_again(ref.cluster)) {
    const ClusterCatalog::State& catalog = (*cluster)->catalog.state();
    for (const auto& [name, kept] : records_.objectives()) {
      if (is_shown_with(kept.objective, catalog, {ref.ns, ref.name})) {
        shown.push_back(kept.objective);
      }
    }
  }
  co_return co_await read_kept(std::move(shown), kObjectiveKeptFor);
}

Task<Result<std::vector<ObjectiveView>>> DiveViews::read_kept(std::vector<Objective> all,
                                                              Duration at_most) {
  std::vector<ObjectiveView> out;
  for (const Objective& each : all) {
    auto view = co_await reader_.read_kept(each, at_most);
    if (!view) co_return fail(std::move(view.error()));
    out.push_back(*std::move(view));
  }
  co_return out;
}

Task<Result<ObjectiveView>> DiveViews::objective(std::string name) {
  auto found = find_objective(name);
  if (!found) co_return fail(std::move(found.error()));
  co_return co_await reader_.read_kept(*std::move(found), kObjectiveKeptFor);
}

Task<Result<ObjectiveView>> DiveViews::try_objective(Objective draft) {
  co_return co_await reader_.read(std::move(draft));
}

Task<Result<std::vector<std::string>>> DiveViews::routes_of(Objective objective) {
  co_return co_await reader_.routes_of(std::move(objective));
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
