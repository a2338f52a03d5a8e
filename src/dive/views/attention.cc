// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"

#include "dive/slo/number_text.h"
#include "dive/views/completeness.h"
#include "dive/views/dashboard.h"
#include "dive/views/rows_of_counts.h"

namespace seine::dive {
namespace {

// In the order in which things are told.
enum class Rank : std::uint8_t {
  kExhausted,
  kBurning,
  kUnreadable,
  kStalled,
  kSilent,
  kPartial,
  kMissing,
  kClock
};
constexpr std::array kRanks = {Rank::kExhausted, Rank::kBurning, Rank::kUnreadable, Rank::kStalled,
                               Rank::kSilent,    Rank::kPartial, Rank::kMissing,    Rank::kClock};

struct Ranked {
  Rank rank;
  Attention attention;
};

std::string sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text + ".";
}

// A service whose page shows the objective; of several the first.
std::optional<ServiceRef> service_of(const Objective& objective,
                                     std::span<const ClusterCounts> clusters) {
  for (const ClusterCounts& each : clusters) {
    const ClusterCatalog::State& catalog = each.cluster->catalog.state();
    for (const auto& [name, service] : catalog.services) {
      if (is_shown_with(objective, catalog, name)) {
        return ServiceRef{each.cluster->name, name.ns, name.name};
      }
    }
  }
  return std::nullopt;
}

void add_objective(const ObjectiveView& view, std::span<const ClusterCounts> clusters,
                   std::vector<Ranked>& out) {
  Attention about{.severity = Attention::Severity::kFailing,
                  .title = {},
                  .sentence = {},
                  .service = service_of(view.objective, clusters),
                  .objective = view.objective.name};
  switch (view.card.state) {
    case State::kExhausted:
      about.title = fmt::format("{}: the error budget is gone", view.objective.name);
      about.sentence = fmt::format(
          "{} of it is left. {} Look at what failed, and mend that before anything else is rolled "
          "out.",
          view.text.left, sentence(view.text.budget));
      out.push_back({Rank::kExhausted, std::move(about)});
      return;
    case State::kBurning:
      about.title = fmt::format("{}: the error budget burns", view.objective.name);
      about.sentence = fmt::format(
          "{} of it is left. {} Look at what fails.", view.text.left,
          view.text.outlook.empty()
              ? fmt::format("It burns at {} of the rate at which it lasts.", view.text.burn)
              : sentence(view.text.outlook));
      out.push_back({Rank::kBurning, std::move(about)});
      return;
    case State::kPartialData:
      about.severity = Attention::Severity::kWarning;
      about.title = fmt::format("{}: counts are missing", view.objective.name);
      about.sentence = fmt::format(
          "{} Look whether its pods have their proxies, and whether the agent of its cluster runs.",
          sentence(view.text.coverage));
      out.push_back({Rank::kPartial, std::move(about)});
      return;
    case State::kUnreadable:
      about.title = fmt::format("{}: it cannot be read", view.objective.name);
      about.sentence =
          fmt::format("{} Until it can, nobody is told of its budget.", sentence(view.text.budget));
      out.push_back({Rank::kUnreadable, std::move(about)});
      return;
    case State::kHealthy:
    case State::kNoTraffic: return;
  }
}

std::optional<ServiceRef> service_with(const KeptCluster& cluster, const WorkloadName& workload) {
  for (const auto& [name, service] : cluster.catalog.state().services) {
    const std::vector<WorkloadName> answering = all_workloads(service);
    if (std::ranges::find(answering, workload) != answering.end()) {
      return ServiceRef{cluster.name, name.ns, name.name};
    }
  }
  return std::nullopt;
}

void add_rollouts(const KeptCluster& cluster, std::vector<Ranked>& out) {
  for (const auto& [name, workload] : cluster.catalog.state().workloads) {
    if (!workload.rollout || workload.gone_at ||
        phase_at(*workload.rollout, cluster.known_until) != RolloutPhase::kStalled) {
      continue;
    }
    const Rollout& rollout = *workload.rollout;
    const std::string version = revision_text(rollout.to, rollout.from);
    out.push_back(
        {Rank::kStalled,
         {.severity = Attention::Severity::kFailing,
          .title = fmt::format("{}: the rollout of {} is stuck", format_name(name), version),
          .sentence = fmt::format(
              "None of its {} {} has become ready for {}. Look at their logs, then mend {} or roll "
              "it back.",
              format_count(rollout.pods), rollout.pods == 1 ? "pod" : "pods",
              format_time(cluster.known_until - rollout.progressed_at, Cut::kDown), version),
          .service = service_with(cluster, name),
          .objective = {}}});
  }
}

void add_silence(const KeptCluster& cluster, WallTime now, WallTime started,
                 std::vector<Ranked>& out) {
  const Duration silent_for = now - cluster.last_heard.value_or(started);
  if (silent_for < kSilentAfter) return;
  out.push_back({Rank::kSilent,
                 {.severity = Attention::Severity::kFailing,
                  .title = fmt::format("{}: the agent is silent", cluster.name),
                  .sentence = fmt::format(
                      "Nothing was heard of cluster {} for {}; what it counts meanwhile comes "
                      "later. Look whether seine-dive-agent runs there and reaches Dive.",
                      cluster.name, format_time(silent_for, Cut::kDown)),
                  .service = std::nullopt,
                  .objective = {}}});
}

void add_problem(const ClusterCounts& counts, std::vector<Ranked>& out) {
  if (counts.problem.empty()) return;
  out.push_back({Rank::kUnreadable,
                 {.severity = Attention::Severity::kFailing,
                  .title = fmt::format("{}: its counts cannot be read", counts.cluster->name),
                  .sentence = fmt::format("{} Its services are shown without figures.",
                                          sentence(counts.problem)),
                  .service = std::nullopt,
                  .objective = {}}});
}

void add_coverage(const ClusterCounts& counts, std::vector<Ranked>& out) {
  for (const CoveredWorkload& each : counts.answer.covered) {
    Coverage coverage;
    Duration redated{};
    for (const CoveredSlot& slot : each.slots) {
      coverage += coverage_of(slot);
      redated += slot.redated;
    }
    const WorkloadName name{each.ns, each.kind, each.name};
    const Ratio share = coverage.share();
    if (coverage.expected - coverage.measured >= kLeastMissingMilliseconds &&
        share.numerator * kLeastCoverage.denominator <
            kLeastCoverage.numerator * share.denominator) {
      out.push_back({Rank::kMissing,
                     {.severity = Attention::Severity::kWarning,
                      .title = fmt::format("{}: counts are missing", format_name(name)),
                      .sentence = fmt::format(
                          "Only {} of the time of its pods was counted. Look whether each of them "
                          "has its proxy, and whether those were killed.",
                          format_percent(share, 1, Cut::kDown)),
                      .service = service_with(*counts.cluster, name),
                      .objective = {}}});
    }
    if (redated > Duration::zero()) {
      out.push_back({Rank::kClock,
                     {.severity = Attention::Severity::kWarning,
                      .title = fmt::format("{}: a clock is wrong", format_name(name)),
                      .sentence = fmt::format(
                          "{} of its counts were dated by Dive, since a clock of its machine is "
                          "off by more than 5 minutes. Set the clock.",
                          format_time(redated, Cut::kUp)),
                      .service = service_with(*counts.cluster, name),
                      .objective = {}}});
    }
  }
}

}  // namespace

std::vector<Attention> find_attention(std::span<const ClusterCounts> clusters,
                                      std::span<const ObjectiveView> objectives, WallTime now,
                                      WallTime started) {
  std::vector<Ranked> found;
  for (const ObjectiveView& each : objectives) add_objective(each, clusters, found);
  for (const ClusterCounts& each : clusters) {
    add_problem(each, found);
    add_rollouts(*each.cluster, found);
    add_silence(*each.cluster, now, started, found);
    add_coverage(each, found);
  }
  std::vector<Attention> out;
  for (const Rank rank : kRanks) {
    for (Ranked& each : found) {
      if (each.rank == rank) out.push_back(std::move(each.attention));
    }
  }
  return out;
}

}  // namespace seine::dive
