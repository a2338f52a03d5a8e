// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/card_text.h"

#include <algorithm>

#include "fmt/format.h"

#include "dive/slo/number_text.h"
#include "telemetry/latency_buckets.h"

namespace seine::dive {
namespace {

constexpr std::string_view kNoTraffic = "no traffic";

struct WindowWords {
  std::string adjective;  // "a rolling 7-day window"
  std::string past;       // "the last 7 days"
};

WindowWords words_of(const Window& window) {
  const auto* rolling = std::get_if<RollingWindow>(&window);
  if (rolling == nullptr) {
    const std::string& zone = std::get<CalendarMonth>(window).zone;
    return {fmt::format("each calendar month ({})", zone), "this calendar month"};
  }
  const auto [unit, name] = [&]() -> std::pair<Duration, std::string_view> {
    if (rolling->length % std::chrono::days(1) == Duration::zero()) {
      return {std::chrono::days(1), "day"};
    }
    if (rolling->length % std::chrono::hours(1) == Duration::zero()) {
      return {std::chrono::hours(1), "hour"};
    }
    return {std::chrono::minutes(1), "minute"};
  }();
  const auto count = rolling->length / unit;
  return {
      fmt::format("a rolling {}-{} window", count, name),
      count == 1 ? fmt::format("the last {}", name) : fmt::format("the last {} {}s", count, name)};
}

std::string percent_or(const std::optional<Ratio>& share, unsigned decimals, Cut cut) {
  return share ? format_percent(*share, decimals, cut) : std::string(kNoTraffic);
}

std::string_view be_bad(const Objective& objective) {
  return objective.latency ? "be late" : "fail";
}

std::string over_budget(const Objective& objective, const Assessment& card) {
  const std::uint64_t over = card.budget.over();
  const std::string_view noun = objective.latency ? "late answer" : "failure";
  std::string out =
      fmt::format("{} {}{} over budget; recovers after {} good {} in a row", format_count(over),
                  noun, over == 1 ? "" : "s", format_count(card.budget.successes_in_a_row()),
                  card.budget.successes_in_a_row() == 1 ? "request" : "requests");
  if (!card.recovers_in) return out + ", and not as things go now";
  out += fmt::format(", or in {}", format_time(*card.recovers_in, Cut::kUp));
  return out + (std::holds_alternative<RollingWindow>(objective.window)
                    ? fmt::format(" as old {}s age out", noun)
                    : " at this rate or with the month's end");
}

std::string budget_sentence(const Objective& objective, const Assessment& card) {
  if (!card.budget.has_traffic()) {
    return fmt::format("no requests in {}, so there is no budget", words_of(objective.window).past);
  }
  if (card.budget.over() > 0) return over_budget(objective, card);
  const std::uint64_t may_fail = card.budget.may_still_fail();
  return fmt::format("{} may still {} at this window's traffic",
                     may_fail == 0 ? "no request" : format_requests(may_fail), be_bad(objective));
}

// Where a verdict is withheld for what is missing, that is told however little it is.
bool is_worth_telling(const Coverage& coverage, State state) {
  if (coverage.measured >= coverage.expected) return false;
  return coverage.expected - coverage.measured >= kLeastMissingMilliseconds ||
         state == State::kPartialData;
}

std::string coverage_sentence(const Assessment& card) {
  const Ratio share = card.coverage.share();
  std::string out;
  if (is_worth_telling(card.coverage, card.state)) {
    out = fmt::format("{} of the counts are there", format_percent(share, 1, Cut::kDown));
  }
  if (card.tally.unjudged > 0) {
    out += fmt::format("{}{} could not be judged", out.empty() ? "" : ", ",
                       format_requests(card.tally.unjudged));
  }
  if (card.state == State::kPartialData) {
    out += fmt::format("{}until they are complete this is no verdict", out.empty() ? "" : "; ");
  }
  return out;
}

// Histograms tell times apart by 9.1 %, and a threshold lies where somebody wanted it.
std::string unsure_sentence(const Objective& objective, const Assessment& card) {
  if (!objective.latency || card.tally.unsure == 0) return "";
  const auto bounds = telemetry::latency_bounds(telemetry::latency_bucket(*objective.latency));
  using Milliseconds = std::chrono::duration<double, std::milli>;
  return fmt::format(
      "{} of the late answers took {:.1f}ms to {:.1f}ms, and some may have been in "
      "time",
      format_count(card.tally.unsure), Milliseconds(bounds.lower).count(),
      Milliseconds(bounds.upper).count());
}

}  // namespace

std::string goal_sentence(const Objective& objective) {
  const std::string window = words_of(objective.window).adjective;
  const std::string goal = objective.goal.to_string();
  if (!objective.latency) {
    return fmt::format("{} of all requests over {} are served successfully", goal, window);
  }
  return fmt::format("{} of successful requests over {} are answered within {}", goal, window,
                     format_duration(*objective.latency));
}

std::string allowance_sentence(const Objective& objective) {
  // Of 60%, "1 of every 1" would be said, which is far from it.
  if (objective.goal.one_of_every() < 10) {
    return fmt::format("up to {} of requests may {}",
                       format_percent({Int128{objective.goal.allowed()}, Int128{Goal::kWhole}},
                                      kMaxDecimals, Cut::kDown),
                       be_bad(objective));
  }
  return fmt::format("1 of every {} may {}", format_requests(objective.goal.one_of_every()),
                     be_bad(objective));
}

CardText card_text(const Objective& objective, const Assessment& card) {
  const unsigned decimals = std::max(1U, objective.goal.decimals());
  CardText text{.goal = goal_sentence(objective),
                .compliance = percent_or(card.budget.compliance(), decimals, Cut::kDown),
                .left = percent_or(card.budget.left(), 1, Cut::kDown),
                .spent = percent_or(card.budget.spent(), 1, Cut::kUp),
                .recent = percent_or(card.recent_share, decimals, Cut::kDown),
                .burn = card.burn ? format_factor(*card.burn) : "",
                .state = std::string(state_name(card.state)),
                .budget = budget_sentence(objective, card),
                .coverage = coverage_sentence(card),
                .unsure = unsure_sentence(objective, card)};
  if (card.exhausted_in) {
    text.outlook = fmt::format("at a burn rate of {} the budget is gone in {}", text.burn,
                               format_time(*card.exhausted_in, Cut::kDown));
  }
  if (card.tally.excluded > 0) {
    text.excluded = fmt::format("{} of probes {} excluded", format_requests(card.tally.excluded),
                                card.tally.excluded == 1 ? "is" : "are");
  }
  return text;
}

CardText unreadable_text(const Objective& objective, const std::string& why) {
  return {.goal = goal_sentence(objective),
          .state = std::string(state_name(State::kUnreadable)),
          .budget = fmt::format("how it stands cannot be told: {}", why)};
}

}  // namespace seine::dive
