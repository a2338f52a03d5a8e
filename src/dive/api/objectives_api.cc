// SPDX-License-Identifier: Apache-2.0
#include "dive/api/objectives_api.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dive/api/known_subject.h"
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

// What somebody should know who has just set it.
std::vector<std::string> warnings_of(const ObjectiveView& view) {
  std::vector<std::string> out;
  if (view.clusters.empty()) {
    out.push_back("no cluster has told of it yet; it begins with its first request");
  } else if (view.card.state == State::kExhausted) {
    out.push_back("it begins without budget: " + view.text.budget);
  } else if (view.card.state == State::kBurning) {
    out.push_back("it begins burning: " + view.text.outlook);
  }
  return out;
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

std::string_view ObjectivesApi::action_of(const Objective& objective) const {
  const auto& known = parts_.records.objectives();
  const auto found = known.find(objective.name);
  if (found == known.end()) return "created";
  return found->second.objective == objective ? "unchanged" : "changed";
}

Task<Result<void>> ObjectivesApi::write_saved(json::Writer& out, Objective objective,
                                              std::string_view action, bool is_dry_run) {
  auto view = co_await parts_.views.try_objective(std::move(objective));
  if (!view) co_return fail(std::move(view.error()));
  out.begin_object().key("name").string(view->objective.name);
  out.key("action").string(action).key("dry_run").boolean(is_dry_run);
  out.key("warnings").begin_array();
  for (const std::string& warning : warnings_of(*view)) out.string(warning);
  out.end_array().key("objective");
  write(out, *view);
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
  const Objective& objective = draft->objective;
  if (auto checked = check(objective); !checked) co_return fail(std::move(checked.error()));
  if (!draft->may_be_unknown) {
    const auto known = check_known(objective.subject, parts_.records.clusters());
    if (!known) {
      co_return web::problem(404, known.error().message,
                             "to set it before there is one, say so (--allow-unknown)");
    }
  }
  const std::string_view action = action_of(objective);
  if (!draft->is_dry_run && action != "unchanged") {
    const Deed deed{.person = call.user, .at = parts_.loop.clock().wall_now()};
    auto kept = co_await parts_.records.put_objectives({objective}, deed);
    if (!kept) co_return fail(std::move(kept.error()));
    log_info(parts_.log, "an objective was set",
             {{"objective", objective.name}, {"by", call.user}});
  }
  json::Writer out;
  auto written = co_await write_saved(out, objective, action, draft->is_dry_run);
  if (!written) co_return fail(std::move(written.error()));
  co_return Reply{.status = static_cast<std::uint16_t>(action == "created" ? 201 : 200),
                  .json = std::move(out).take()};
}

ObjectivesApi::Answer ObjectivesApi::apply(const Call& call) {
  auto file = parse_applied_file(call.body);
  if (!file) co_return fail(std::move(file.error()));
  auto parsed = parse_objectives(file->text, file->name);
  if (!parsed) co_return fail(std::move(parsed.error()));
  std::vector<std::string_view> actions;
  for (const Objective& objective : parsed->objectives) {
    if (auto checked = check(objective); !checked) {
      co_return fail(std::move(checked.error()).with_context(objective.name));
    }
    actions.push_back(action_of(objective));
  }
  if (!file->is_dry_run) {
    const Deed deed{.person = call.user, .at = parts_.loop.clock().wall_now()};
    auto kept = co_await parts_.records.put_objectives(parsed->objectives, deed);
    if (!kept) co_return fail(std::move(kept.error()));
    log_info(parts_.log, "objectives were applied",
             {{"objectives", std::to_string(actions.size())}, {"by", call.user}});
  }
  json::Writer out;
  out.begin_object().key("results").begin_array();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    auto written = co_await write_saved(out, parsed->objectives[i], actions[i], file->is_dry_run);
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
