// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "dive/evidence/route_name.h"
#include "dive/views/view_json.h"

namespace seine::dive {
namespace {

void write_outcomes(json::Writer& out, const Outcomes& counts) {
  out.begin_object().key("good");
  write_count(out, counts.good);
  out.key("bad");
  write_count(out, counts.bad);
  out.end_object();
}

void write_text(json::Writer& out, const ObjectiveView& view) {
  const CardText& text = view.text;
  out.begin_object();
  out.key("goal").string(text.goal);
  out.key("allowance").string(view.allowance);
  out.key("compliance").string(text.compliance);
  out.key("left").string(text.left);
  out.key("spent").string(text.spent);
  out.key("recent").string(text.recent);
  out.key("burn").string(text.burn);
  out.key("budget").string(text.budget);
  out.key("outlook").string(text.outlook);
  out.key("coverage").string(text.coverage);
  out.key("unsure").string(text.unsure);
  out.key("excluded").string(text.excluded);
  out.end_object();
}

void write_card_members(json::Writer& out, const ObjectiveView& view) {
  const Objective& objective = view.objective;
  out.key("name").string(objective.name);
  out.key("description").string(objective.description);
  out.key("kind").string(objective.latency ? "latency" : "success");
  out.key("state").string(state_name(view.card.state));
  out.key("from_ms");
  write_time(out, view.card.span.from);
  out.key("to_ms");
  write_time(out, view.card.span.to);
  out.key("text");
  write_text(out, view);
  out.key("counts");
  write_outcomes(out, view.card.tally.counts);
  out.key("callers");
  write_outcomes(out, view.callers);
  out.key("servers");
  write_outcomes(out, view.servers);
  out.key("left_share").number(left_share(view.card));
  out.key("problem").string(view.problem);
}

void write_status_members(json::Writer& out, const ObjectiveView& view) {
  const Subject& subject = view.objective.subject;
  out.key(subject.kind == Subject::Kind::kService ? "service" : "workload").string(subject.name);
  out.key("namespace").string(subject.ns);
  out.key("route").string(short_route(subject.route));
  out.key("route_full").string(subject.route);
  out.key("environment").string(subject.environment);
  out.key("window").string(format_window(view.objective.window));
  out.key("goal").string(view.objective.goal.to_string());
  out.key("latency_ms");
  write_latency(out, view.objective.latency);
  out.key("clusters").begin_array();
  for (const std::string& each : view.clusters) out.string(each);
  out.end_array();
}

void write(json::Writer& out, const EvidenceGroup& group, const std::string& route) {
  out.begin_object().key("count");
  write_count(out, group.count);
  out.key("route").string(route);
  out.key("route_full").string(group.route);
  out.key("caller").string(group.caller);
  out.key("workload").string(group.workload);
  out.key("version").string(group.version);
  out.key("cause").string(group.cause);
  out.key("example");
  if (group.example) {
    const Example& example = *group.example;
    out.begin_object().key("at_ms");
    write_time(out, example.ended_at);
    out.key("method").string(example.method);
    out.key("path").string(example.path);
    out.key("latency_ms");
    write_latency(out, example.latency);
    out.key("trace_id").string(example.trace_id);
    out.key("detail").string(example.detail).end_object();
  } else {
    out.null();
  }
  out.end_object();
}

}  // namespace

void write_card(json::Writer& out, const ObjectiveView& view) {
  out.begin_object();
  write_card_members(out, view);
  out.end_object();
}

void write(json::Writer& out, const ObjectiveView& view) {
  out.begin_object();
  write_card_members(out, view);
  write_status_members(out, view);
  out.end_object();
}

std::string to_json(const ObjectiveView& view) {
  json::Writer out;
  write(out, view);
  return std::move(out).take();
}

std::string objectives_json(std::span<const ObjectiveView> views) {
  json::Writer out;
  out.begin_object().key("objectives").begin_array();
  for (const ObjectiveView& each : views) write(out, each);
  out.end_array().end_object();
  return std::move(out).take();
}

std::string to_json(const EvidenceView& view) {
  json::Writer out;
  out.begin_object().key("objective").string(view.objective);
  out.key("from_ms");
  write_time(out, view.span.from);
  out.key("to_ms");
  write_time(out, view.span.to);
  out.key("bad");
  write_count(out, view.evidence.bad);
  out.key("groups").begin_array();
  const std::vector<std::string> routes = shown_routes(view.evidence.groups);
  for (std::size_t i = 0; i < routes.size(); ++i) write(out, view.evidence.groups[i], routes[i]);
  out.end_array().key("other");
  write_count(out, view.evidence.other);
  out.key("card");
  write_card(out, view.card);
  out.end_object();
  return std::move(out).take();
}

std::string to_json(const ProposalsView& view) {
  json::Writer out;
  out.begin_object().key("objective").string(view.objective);
  out.key("history").string(view.history);
  out.key("goals").begin_array();
  for (const ProposalView& each : view.goals) {
    out.begin_object().key("goal").string(each.goal).key("met").string(each.met);
    out.key("left_now").string(each.left_now);
    out.key("may_still_fail").string(each.may_still_fail);
    out.key("recommended").boolean(each.is_recommended);
    out.key("own").boolean(each.is_own).end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

}  // namespace seine::dive
