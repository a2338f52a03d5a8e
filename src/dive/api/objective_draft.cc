// SPDX-License-Identifier: Apache-2.0
#include "dive/api/objective_draft.h"

#include <utility>

#include "json/fields.h"

namespace seine::dive {
namespace {

constexpr std::string_view kUsualWindow = "7d";
// Where none is given, so that an objective can be made at all.
constexpr std::uint64_t kSomeGoal = 990'000'000;

// What `read` says of a member, or nothing, and then `fields` has failed.
template <class T>
std::optional<T> take(json::Fields& fields, std::string_view key, Result<T> read) {
  if (read) return *std::move(read);
  if (!fields.failed()) fields.add_sentence(key, read.error().message);
  return std::nullopt;
}

Subject take_subject(json::Fields& fields) {
  Subject subject;
  const std::string service = fields.text_or("service", "");
  const std::string workload = fields.text_or("workload", "");
  if (service.empty() == workload.empty()) {
    fields.add_sentence("service",
                        "an objective is of a service or of a workload; name one of both");
  }
  subject.kind = service.empty() ? Subject::Kind::kWorkload : Subject::Kind::kService;
  subject.name = service.empty() ? workload : service;
  subject.ns = fields.text_or("namespace", subject.ns);
  subject.route = fields.text_or("route", "");
  subject.environment = fields.text_or("environment", "");
  return subject;
}

struct Promise {
  std::optional<Duration> latency;
  std::optional<Goal> goal;
};

Promise take_promise(json::Fields& fields, DraftGoal wanted) {
  const std::string success = fields.text_or("success", "");
  const std::string latency = fields.text_or("latency", "");
  const std::string share = fields.text_or("quantile_share", "");
  Promise promise;
  if (!success.empty() && (!latency.empty() || !share.empty())) {
    fields.add_sentence("success",
                        "an objective is either of success or of latency; set two for both");
    return promise;
  }
  if (!share.empty() && latency.empty()) {
    fields.add_sentence("quantile_share",
                        "it is of the requests that are answered within a latency; name that, such "
                        "as 50ms");
    return promise;
  }
  if (!latency.empty()) promise.latency = take(fields, "latency", parse_duration(latency));
  const std::string& goal = latency.empty() ? success : share;
  const std::string_view key = latency.empty() ? "success" : "quantile_share";
  if (!goal.empty()) {
    promise.goal = take(fields, key, Goal::parse(goal));
  } else if (wanted == DraftGoal::kRequired) {
    fields.add_error(key, "is missing; write a share of requests, such as 99%");
  }
  return promise;
}

std::optional<Window> take_window(json::Fields& fields) {
  const std::string text = fields.text_or("window", kUsualWindow);
  const std::string zone = fields.text_or("time_zone", "");
  if (zone.empty()) return take(fields, "window", parse_window(text));
  if (text != "month") {
    fields.add_sentence("time_zone",
                        "only a calendar month has a time zone; ask for the window month, or leave "
                        "it out");
    return std::nullopt;
  }
  return take(fields, "time_zone", calendar_month(zone));
}

}  // namespace

Result<ObjectiveDraft> parse_draft(std::string_view text, DraftGoal wanted) {
  const auto value = json::parse(text);
  if (!value) return fail(Error(value.error()).with_context("the body"));
  json::Fields fields(*value, "");
  Subject subject = take_subject(fields);
  const Promise promise = take_promise(fields, wanted);
  std::optional<Window> window = take_window(fields);
  std::string name = fields.text_or("name", "");
  std::string description = fields.text_or("description", "");
  const bool is_dry_run = fields.boolean_or("dry_run", false);
  const bool may_be_unknown = fields.boolean_or("allow_unknown", false);
  if (auto done = fields.finish(); !done) return fail(std::move(done.error()));
  auto goal = promise.goal ? Result<Goal>(*promise.goal) : Goal::from_billionths(kSomeGoal);
  if (!goal) return fail(std::move(goal.error()));
  ObjectiveDraft draft{.objective = {.name = std::move(name),
                                     .description = std::move(description),
                                     .subject = std::move(subject),
                                     .latency = promise.latency,
                                     .goal = *goal,
                                     .window = *std::move(window)},
                       .has_goal = promise.goal.has_value(),
                       .is_dry_run = is_dry_run,
                       .may_be_unknown = may_be_unknown};
  // A name made of what cannot be would be complained of in its place.
  const bool is_nameless = draft.objective.name.empty();
  if (is_nameless) draft.objective.name = "objective";
  if (auto checked = check_new_objective(draft.objective); !checked) {
    return fail(std::move(checked.error()));
  }
  if (is_nameless) draft.objective.name = default_name(draft.objective);
  return draft;
}

}  // namespace seine::dive
