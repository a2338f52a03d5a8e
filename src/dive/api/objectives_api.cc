// SPDX-License-Identifier: Apache-2.0
#include "dive/api/objectives_api.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "dive/api/known_subject.h"
#include "dive/evidence/route_name.h"
#include "dive/slo/card_text.h"
#include "dive/slo/objective_file.h"
#include "dive/views/view_json.h"
#include "json/fields.h"

namespace seine::dive {

using runtime::Task;
using web::Call;
using web::Reply;

namespace {

constexpr std::size_t kMaxFileName = 256;
constexpr std::string_view kAllowUnknown =
    "to set it before there is one, say so (--allow-unknown)";

struct AppliedFile {
  std::string name;
  std::string text;
  bool is_dry_run = false;
};

Result<AppliedFile> parse_applied_file(std::string_view body) {
  const auto value = json::parse(body);
  if (!value) return fail(Error(value.error()).with_context("the body"));
  json::Fields fields(*value, "");
  AppliedFile file;
  file.name = fields.text_or("file", "the file").substr(0, kMaxFileName);
  file.text = fields.text_or("text", "");
  file.is_dry_run = fields.boolean_or("dry_run", false);
  if (auto done = fields.finish(); !done) return fail(std::move(done.error()));
  return file;
}

// Others are answered between two documents.
Task<Result<ObjectiveFile>> read_file(runtime::EventLoop& loop, const AppliedFile& file) {
  ObjectiveFileReader reader(file.text, file.name);
  for (;;) {
    const auto more = reader.read_on();
    if (!more) co_return fail(more.error());
    if (!*more) co_return reader.finish();
    co_await runtime::yield(loop);
  }
}

// What somebody should know who has just set it.
std::vector<std::string> warnings_of(const ObjectiveView& view) {
  std::vector<std::string> out;
  if (!view.problem.empty()) {
    out.push_back(view.text.budget);
  } else if (view.clusters.empty()) {
    out.push_back("no cluster has told of it yet; it begins with its first request");
  } else if (view.card.state == State::kExhausted) {
    out.push_back("it begins without budget: " + view.text.budget);
  } else if (view.card.state == State::kBurning) {
    out.push_back("it begins burning: " + view.text.outlook);
  }
  return out;
}

std::vector<std::string> unread(const Error& why) {
  const std::string_view reason =
      why.code == ErrorCode::kLimit ? std::string_view(why.message) : error_name(why.code);
  return {"it is saved; how it stands cannot be told: " + std::string(reason)};
}

}  // namespace

void ObjectivesApi::serve(web::Router& router) {
  using web::handler;
  const std::string all = "/api/v1/objectives";
  router.add("GET", all, handler<&ObjectivesApi::list>(*this));
  router.add("POST", all, handler<&ObjectivesApi::save>(*this));
  router.add("POST", all + "/propose", handler<&ObjectivesApi::propose>(*this));
  router.add("POST", all + "/apply", handler<&ObjectivesApi::apply>(*this));
  router.add("GET", all + "/export", handler<&ObjectivesApi::write_file>(*this));
  router.add("GET", all + "/{name}", handler<&ObjectivesApi::show>(*this));
  router.add("DELETE", all + "/{name}", handler<&ObjectivesApi::remove>(*this));
  router.add("GET", all + "/{name}/evidence", handler<&ObjectivesApi::evidence>(*this));
}

Result<void> ObjectivesApi::check(const Objective& objective) {
  const std::chrono::hours kept = parts_.retention.kept.back();
  if (const auto* rolling = std::get_if<RollingWindow>(&objective.window)) {
    if (rolling->length <= kept) return {};
  } else {
    constexpr std::chrono::hours kLongestMonth{24 * 31};
    auto zone = parts_.zones.find(std::get<CalendarMonth>(objective.window).zone);
    if (!zone) return fail(std::move(zone.error()));
    if (kLongestMonth <= kept) return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              "window: counts are kept for " + format_duration(kept) +
                  "; choose a shorter window, or keep them longer (seine-dive --keep-1h)");
}

Task<Result<void>> ObjectivesApi::complete_route(Objective& objective) {
  std::string& route = objective.subject.route;
  if (route.empty()) co_return Result<void>();
  const auto routes = co_await parts_.views.routes_of(objective);
  if (!routes) co_return fail(routes.error());
  auto found = find_route(route, *routes);
  if (!found) co_return fail(std::move(found.error()));
  // The same whoever has counted by now, so that what was set once can be set again.
  route = canonical_route(*found);
  co_return Result<void>();
}

ObjectivesApi::Change ObjectivesApi::change_by(const Objective& objective) const {
  const auto& known = parts_.records.objectives();
  const auto found = known.find(objective.name);
  if (found == known.end()) return {.action = "created", .was = {}};
  const Objective& before = found->second.objective;
  if (before == objective) return {.action = "unchanged", .was = {}};
  std::string was = goal_sentence(before);
  if (was == goal_sentence(objective)) was.clear();
  return {.action = "changed", .was = std::move(was)};
}

Task<Result<void>> ObjectivesApi::write_saved(json::Writer& out, Objective objective, Change change,
                                              bool is_dry_run) {
  const std::string name = objective.name;
  auto view = co_await parts_.views.try_objective(std::move(objective));
  if (!view && is_dry_run) co_return fail(std::move(view.error()));
  if (!view) {
    log_warn(parts_.log, "an objective was set, and how it stands cannot be told",
             {{"objective", name}, {"reason", view.error().to_string()}});
  }
  out.begin_object().key("name").string(name);
  out.key("action").string(change.action).key("was").string(change.was);
  out.key("dry_run").boolean(is_dry_run);
  out.key("warnings").begin_array();
  for (const std::string& warning : view ? warnings_of(*view) : unread(view.error())) {
    out.string(warning);
  }
  out.end_array();
  if (view) write(out.key("objective"), *view);
  out.end_object();
  co_return Result<void>();
}

ObjectivesApi::Answer ObjectivesApi::list(const Call&) {
  auto views = co_await parts_.views.objectives();
  if (!views) co_return fail(std::move(views.error()));
  co_return Reply{.json = objectives_json(*views)};
}

ObjectivesApi::Answer ObjectivesApi::show(const Call& call) {
  auto view = co_await parts_.views.objective(call.parameter("name"));
  if (!view) co_return fail(std::move(view.error()));
  co_return Reply{.json = to_json(*view)};
}

ObjectivesApi::Answer ObjectivesApi::evidence(const Call& call) {
  auto view = co_await parts_.views.evidence(call.parameter("name"));
  if (!view) co_return fail(std::move(view.error()));
  co_return Reply{.json = to_json(*view)};
}

ObjectivesApi::Answer ObjectivesApi::save(const Call& call) {
  auto draft = parse_draft(call.body, DraftGoal::kRequired);
  if (!draft) co_return fail(std::move(draft.error()));
  Objective& objective = draft->objective;
  if (auto checked = check(objective); !checked) co_return fail(std::move(checked.error()));
  if (!draft->may_be_unknown) {
    const auto known = check_known(objective.subject, parts_.records.clusters());
    if (!known) {
      co_return web::problem(404, known.error().message, kAllowUnknown);
    }
    const auto routed = co_await complete_route(objective);
    if (!routed && routed.error().code == ErrorCode::kNotFound) {
      co_return web::problem(404, routed.error().message, kAllowUnknown);
    }
    if (!routed) co_return fail(routed.error());
  }
  const auto allowed = parts_.records.check_objectives(std::span(&objective, 1));
  if (!allowed) co_return fail(allowed.error());
  Change change = change_by(objective);
  const bool is_new = change.action == "created";
  if (!draft->is_dry_run && change.action != "unchanged") {
    const Deed deed{.person = call.user, .at = parts_.loop.clock().wall_now()};
    auto kept = co_await parts_.records.put_objectives({objective}, deed);
    if (!kept) co_return fail(std::move(kept.error()));
    log_info(parts_.log, "an objective was set",
             {{"objective", objective.name}, {"by", call.user}});
  }
  json::Writer out;
  auto written = co_await write_saved(out, objective, std::move(change), draft->is_dry_run);
  if (!written) co_return fail(std::move(written.error()));
  co_return Reply{.status = static_cast<std::uint16_t>(is_new ? 201 : 200),
                  .json = std::move(out).take()};
}

ObjectivesApi::Answer ObjectivesApi::apply(const Call& call) {
  auto file = parse_applied_file(call.body);
  if (!file) co_return fail(std::move(file.error()));
  auto parsed = co_await read_file(parts_.loop, *file);
  if (!parsed) co_return fail(std::move(parsed.error()));
  const auto allowed = parts_.records.check_objectives(parsed->objectives);
  if (!allowed) co_return fail(allowed.error());
  std::vector<Change> changes;
  for (const Objective& objective : parsed->objectives) {
    if (auto checked = check(objective); !checked) {
      co_return fail(std::move(checked.error()).with_context(objective.name));
    }
    changes.push_back(change_by(objective));
  }
  if (!file->is_dry_run) {
    const Deed deed{.person = call.user, .at = parts_.loop.clock().wall_now()};
    auto kept = co_await parts_.records.put_objectives(parsed->objectives, deed);
    if (!kept) co_return fail(std::move(kept.error()));
    log_info(parts_.log, "objectives were applied",
             {{"objectives", std::to_string(changes.size())}, {"by", call.user}});
  }
  json::Writer out;
  out.begin_object().key("results").begin_array();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto written =
        co_await write_saved(out, parsed->objectives[i], std::move(changes[i]), file->is_dry_run);
    if (!written) co_return fail(std::move(written.error()));
  }
  out.end_array().key("notes").begin_array();
  for (const std::string& note : parsed->notes) out.string(note);
  out.end_array().end_object();
  co_return Reply{.json = std::move(out).take()};
}

ObjectivesApi::Answer ObjectivesApi::propose(const Call& call) {
  auto draft = parse_draft(call.body, DraftGoal::kOptional);
  if (!draft) co_return fail(std::move(draft.error()));
  if (auto checked = check(draft->objective); !checked) co_return fail(std::move(checked.error()));
  const auto known = check_known(draft->objective.subject, parts_.records.clusters());
  if (!known) co_return web::problem(404, known.error().message);
  const auto routed = co_await complete_route(draft->objective);
  if (!routed) co_return fail(routed.error());
  auto view = co_await parts_.views.propose(std::move(draft->objective), draft->has_goal);
  if (!view) co_return fail(std::move(view.error()));
  co_return Reply{.json = to_json(*view)};
}

ObjectivesApi::Answer ObjectivesApi::write_file(const Call& call) {
  const std::string format(call.query.get("format").value_or("yaml"));
  if (format != "yaml" && format != "openslo") {
    co_return fail(ErrorCode::kInvalidArgument, "format is yaml or openslo");
  }
  std::vector<Objective> objectives;
  for (const auto& [name, kept] : parts_.records.objectives()) {
    objectives.push_back(kept.objective);
  }
  json::Writer out;
  out.begin_object().key("text").string(format == "yaml" ? write_objectives(objectives)
                                                         : write_openslo(objectives));
  out.end_object();
  co_return Reply{.json = std::move(out).take()};
}

ObjectivesApi::Answer ObjectivesApi::remove(const Call& call) {
  const std::string name = call.parameter("name");
  const Deed deed{.person = call.user, .at = parts_.loop.clock().wall_now()};
  auto removed = co_await parts_.records.remove_objective(name, deed);
  if (!removed) co_return fail(std::move(removed.error()));
  log_info(parts_.log, "an objective was removed", {{"objective", name}, {"by", call.user}});
  co_return Reply{.status = 204};
}

}  // namespace seine::dive
