// SPDX-License-Identifier: Apache-2.0
#include "dive/views/objective_reader.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "dive/evidence/backends.h"
#include "dive/views/cluster_services.h"
#include "dive/views/completeness.h"
#include "dive/views/golden.h"
#include "dive/views/rows_of_counts.h"
#include "dive/views/unreadable.h"

namespace seine::dive {

using runtime::Task;

namespace {

// Windows up to here are read as they were counted.
constexpr Duration kFineWindow = std::chrono::hours(6);

CountQuestion question_about(const Objective& objective, std::vector<WorkloadId> workloads,
                             const Span& span) {
  const Subject& subject = objective.subject;
  const auto* rolling = std::get_if<RollingWindow>(&objective.window);
  const bool is_fine = rolling != nullptr && rolling->length <= kFineWindow;
  return {.about = subject.kind == Subject::Kind::kService ? CountQuestion::About::kService
                                                           : CountQuestion::About::kWorkload,
          .ns = subject.ns,
          .name = subject.name,
          .workloads = std::move(workloads),
          .from = span.from,
          .to = span.to,
          .detail = is_fine ? Detail::kFinest : Detail::kTotals,
          .finest_for = recent_length(objective.window)};
}

// Of an hour a series keeps few examples, the later ones in place of the earlier.
constexpr Duration kExamplesAfter = std::chrono::hours(1);

// Those with bad requests of the verdict, the worst first.
std::vector<std::int64_t> worst_series(const Objective& objective, const Backends& backends,
                                       const std::vector<CountedSeries>& series) {
  const SubjectRows subject(objective.subject, backends);
  std::vector<std::pair<std::uint64_t, std::int64_t>> found;
  for (const CountedSeries& each : series) {
    const RowFacts facts = facts_of(each.series);
    if (!is_of_verdict(facts) || !subject.contains(facts)) continue;
    Outcomes bad;
    for (const CountedSlot& slot : each.slots) {
      const Tally tally =
          tally_row(objective, facts.response(), slot.counts.sums[kRequests], slot.counts.latency);
      bad += {.good = 0, .bad = tally.counts.bad};
    }
    if (bad.bad > 0) found.emplace_back(bad.bad, each.id);
  }
  std::ranges::sort(found, std::greater<>{});
  if (found.size() > kMaxExampleSeries) found.resize(kMaxExampleSeries);
  std::vector<std::int64_t> out;
  out.reserve(found.size());
  for (const auto& [bad, id] : found) out.push_back(id);
  return out;
}

}  // namespace

Duration mean_of_late(Duration mean, Duration reading) {
  constexpr int kOfLate = 16;
  constexpr Duration kAnyway = std::chrono::milliseconds(20);
  return mean + (std::min(reading, std::max(kAnyway, 4 * mean)) - mean) / kOfLate;
}

Duration kept_among(std::size_t objectives, Duration reading) {
  return std::clamp<Duration>(static_cast<std::int64_t>(objectives) * reading * kReadingToTime,
                              kObjectiveKeptFor, kObjectiveKeptForAtMost);
}

Result<const TimeZone*> ObjectiveReader::zone_of(const Window& window) {
  const auto* month = std::get_if<CalendarMonth>(&window);
  return zones_.find(month == nullptr ? "UTC" : month->zone);
}

std::vector<std::string> ObjectiveReader::names_of(const std::vector<Asked>& asked) {
  std::vector<std::string> out;
  for (const Asked& each : asked) {
    if (each.has_it) out.push_back(each.name);
  }
  return out;
}

std::vector<ObjectiveReader::Asked> ObjectiveReader::clusters_to_ask(const Subject& subject) const {
  std::vector<Asked> out;
  for (const auto& [name, cluster] : records_.clusters()) {
    const ClusterCatalog::State& catalog = cluster.catalog.state();
    Asked asked{.name = name, .id = cluster.id, .backends = backends_of(catalog, subject)};
    if (subject.kind == Subject::Kind::kService) {
      asked.has_it = catalog.services.contains({subject.ns, subject.name});
      asked.workloads = workload_ids(catalog, {subject.ns, subject.name});
    } else {
      for (const auto& [each, workload] : catalog.workloads) {
        if (each.ns != subject.ns || each.name != subject.name) continue;
        asked.workloads.push_back({.ns = each.ns, .kind = each.kind, .name = each.name});
      }
      asked.has_it = !asked.workloads.empty();
    }
    out.push_back(std::move(asked));
  }
  return out;
}

// Clusters without it may have counts of what is long gone from their catalogs, so all are asked,
// but none of these is waited for.
Task<Result<WallTime>> ObjectiveReader::complete(std::vector<Asked> asked) {
  std::vector<WallTime> told;
  for (const Asked& each : asked) {
    if (!each.has_it) continue;
    const auto until = co_await store_.counts().complete_until(each.id);
    if (!until) co_return fail(until.error());
    told.push_back(*until);
  }
  co_return complete_moment(loop_.clock().wall_now(), told);
}

Task<Result<ObjectiveCounts>> ObjectiveReader::count(Objective objective, std::vector<Asked> asked,
                                                     Span span) {
  ObjectiveCounts sum;
  for (const Asked& each : asked) {
    auto answer =
        co_await store_.counts().ask(each.id, question_about(objective, each.workloads, span));
    if (!answer) co_return fail(std::move(answer.error()).with_context("cluster " + each.name));
    const std::vector<CoverageSlot> coverage = coverage_of(answer->covered);
    const std::vector<CountRows> rows = rows_of(std::move(answer->series));
    add(sum, count_for(objective, each.backends, rows, coverage));
  }
  co_return sum;
}

Task<Result<ObjectiveView>> ObjectiveReader::read(Objective objective) {
  std::vector<Asked> asked = clusters_to_ask(objective.subject);
  std::vector<std::string> names = names_of(asked);
  auto view = co_await try_to_read(objective, std::move(asked));
  if (view || !is_of_one(view.error())) co_return view;
  co_return make_unreadable_view(objective, view.error().message, std::move(names),
                                 loop_.clock().wall_now());
}

Task<Result<ObjectiveView>> ObjectiveReader::try_to_read(Objective objective,
                                                         std::vector<Asked> asked) {
  const auto zone = zone_of(objective.window);
  if (!zone) co_return fail(zone.error());
  const auto now = co_await complete(asked);
  if (!now) co_return fail(now.error());
  const auto counts = co_await count(objective, asked, span_at(objective.window, *now, **zone));
  if (!counts) co_return fail(counts.error());
  co_return make_objective_view(objective, *counts, names_of(asked), *now, **zone);
}

const ObjectiveReader::Kept* ObjectiveReader::find_kept(const Objective& objective,
                                                        Duration at_most) const {
  const auto found = kept_.find(objective.name);
  const bool is_good = found != kept_.end() && found->second.view.objective == objective &&
                       loop_.clock().now() < found->second.since + at_most;
  return is_good ? &found->second : nullptr;
}

void ObjectiveReader::keep(const ObjectiveView& view, std::optional<EvidenceView> evidence) {
  // What nobody asked for since, an objective that was removed among them, goes.
  const TimePoint now = loop_.clock().now();
  const TimePoint oldest = now - among_all();
  std::erase_if(kept_, [oldest](const auto& each) { return each.second.since <= oldest; });
  kept_.insert_or_assign(view.objective.name,
                         Kept{.view = view, .evidence = std::move(evidence), .since = now});
}

void ObjectiveReader::took(Duration reading) {
  mean_reading_ = mean_of_late(mean_reading_, reading);
}

Duration ObjectiveReader::among_all() const {
  return kept_among(records_.objectives().size(), mean_reading_);
}

Task<Result<ObjectiveView>> ObjectiveReader::read_kept(Objective objective, Duration at_most) {
  const auto turn = co_await turns_.take(0);
  if (const Kept* kept = find_kept(objective, at_most)) co_return kept->view;
  const TimePoint began = loop_.clock().now();
  auto view = co_await read(objective);
  if (!view) co_return fail(std::move(view.error()));
  took(loop_.clock().now() - began);
  keep(*view, std::nullopt);
  co_return *std::move(view);
}

Task<Result<EvidenceView>> ObjectiveReader::find_evidence_of(Objective objective) {
  const auto turn = co_await turns_.take(0);
  if (const Kept* kept = find_kept(objective, kObjectiveKeptFor);
      kept != nullptr && kept->evidence) {
    co_return *kept->evidence;
  }
  auto evidence = co_await make_evidence(objective);
  if (!evidence) co_return fail(std::move(evidence.error()));
  keep(evidence->card, *evidence);
  co_return *std::move(evidence);
}

Task<Result<Evidence>> ObjectiveReader::find_in(Objective objective, Asked asked, Span span,
                                                ObjectiveCounts& sum) {
  auto answer =
      co_await store_.counts().ask(asked.id, question_about(objective, asked.workloads, span));
  if (!answer) co_return fail(std::move(answer.error()).with_context("cluster " + asked.name));
  const auto examples = co_await store_.counts().exemplars(
      asked.id, worst_series(objective, asked.backends, answer->series), span.from,
      span.to + kExamplesAfter);
  if (!examples) co_return fail(examples.error());
  const std::vector<CoverageSlot> coverage = coverage_of(answer->covered);
  const std::vector<CountRows> rows = rows_of(std::move(answer->series), *examples);
  add(sum, count_for(objective, asked.backends, rows, coverage));
  co_return find_evidence(objective, asked.backends, rows, span, {},
                          std::numeric_limits<std::size_t>::max());
}

Task<Result<std::vector<std::string>>> ObjectiveReader::routes_of(Objective objective) {
  objective.subject.route.clear();
  const auto zone = zone_of(objective.window);
  if (!zone) co_return fail(zone.error());
  const Span span = span_at(objective.window, loop_.clock().wall_now(), **zone);
  std::set<std::string> routes;
  for (const Asked& each : clusters_to_ask(objective.subject)) {
    CountQuestion question = question_about(objective, each.workloads, span);
    question.summed = true;
    const auto answer = co_await store_.counts().ask(each.id, std::move(question));
    if (!answer) co_return fail(answer.error());
    const SubjectRows subject(objective.subject, each.backends);
    for (const CountedSeries& counted : answer->series) {
      const RowFacts facts = facts_of(counted.series);
      if (!facts.route.empty() && subject.contains(facts)) routes.insert(facts.route);
    }
  }
  co_return std::vector<std::string>(routes.begin(), routes.end());
}

Task<Result<EvidenceView>> ObjectiveReader::make_evidence(Objective objective) {
  const auto zone = zone_of(objective.window);
  if (!zone) co_return fail(zone.error());
  const std::vector<Asked> asked = clusters_to_ask(objective.subject);
  const auto now = co_await complete(asked);
  if (!now) co_return fail(now.error());
  const Span span = span_at(objective.window, *now, **zone);
  std::vector<Evidence> found;
  ObjectiveCounts counts;
  for (const Asked& each : asked) {
    auto evidence = co_await find_in(objective, each, span, counts);
    if (!evidence) co_return fail(std::move(evidence.error()));
    found.push_back(*std::move(evidence));
  }
  co_return EvidenceView{
      .objective = objective.name,
      .card = make_objective_view(objective, counts, names_of(asked), *now, **zone),
      .span = span,
      .evidence = merge_evidence(std::move(found))};
}

Task<Result<ProposalsView>> ObjectiveReader::propose(Objective draft, bool has_own_goal) {
  const auto zone = zone_of(draft.window);
  if (!zone) co_return fail(zone.error());
  const std::vector<Asked> asked = clusters_to_ask(draft.subject);
  const auto now = co_await complete(asked);
  if (!now) co_return fail(now.error());
  const Span last = span_at(draft.window, *now, **zone);
  const Span both{span_at(draft.window, last.from, **zone).from, *now};
  const auto counts = co_await count(draft, asked, both);
  if (!counts) co_return fail(counts.error());
  co_return make_proposals(draft, has_own_goal, counts->buckets, *now, **zone);
}

}  // namespace seine::dive
