// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "dive/views/view_json.h"

namespace seine::dive {
namespace {

void write(json::Writer& out, const WorkloadRow& row) {
  out.begin_object();
  out.key("workload").begin_object().key("cluster").string(row.cluster);
  out.key("namespace").string(row.workload.ns).key("name").string(row.workload.name);
  out.key("kind").string(row.workload.kind).end_object();
  out.key("versions").begin_array();
  for (const auto& each : row.versions) {
    out.begin_object().key("version").string(each.version).key("pods");
    write_count(out, each.pods);
    out.key("ready");
    write_count(out, each.ready);
    out.end_object();
  }
  out.end_array().key("requests_per_day");
  write_count(out, row.requests_per_day);
  out.key("last_rollout_ms");
  write_time(out, row.last_rollout);
  out.key("golden");
  write(out, row.golden);
  out.end_object();
}

void write(json::Writer& out, const EdgeRow& row) {
  out.begin_object().key("cluster").string(row.cluster).key("namespace").string(row.ns);
  out.key("name").string(row.name).key("is_service").boolean(row.is_service);
  out.key("secured").boolean(row.is_secured).key("golden");
  write(out, row.golden);
  out.key("tcp");
  write(out, row.tcp);
  out.end_object();
}

template <class Each>
void write_all(json::Writer& out, std::string_view key, const std::vector<Each>& all) {
  out.key(key).begin_array();
  for (const Each& each : all) write(out, each);
  out.end_array();
}

void write_latencies(json::Writer& out, std::string_view key,
                     const std::vector<std::optional<Duration>>& all) {
  out.key(key).begin_array();
  for (const auto& each : all) write_latency(out, each);
  out.end_array();
}

std::string_view plain_kind(EventKind kind) {
  switch (kind) {
    case EventKind::kRollout: return "rollout";
    case EventKind::kProcess: return "process";
    case EventKind::kCluster: break;
  }
  return "agent";
}

void write_rollout(json::Writer& out, const Event& event) {
  if (!event.revisions || !event.ready_pods) {
    out.null();
    return;
  }
  out.begin_object().key("from").string(event.revisions->first);
  out.key("to").string(event.revisions->second).key("pods");
  write_count(out, event.ready_pods->second);
  out.key("ready");
  write_count(out, event.ready_pods->first);
  out.end_object();
}

}  // namespace

void write(json::Writer& out, const EventView& view) {
  const Event& event = view.event;
  out.begin_object().key("id").string(event.id).key("kind").string(plain_kind(event.kind));
  out.key("state").string(plain_state(event)).key("phase").string(event.state);
  out.key("title").string(event.title).key("description").string(event.description);
  out.key("starts_ms");
  write_time(out, event.begins_at);
  out.key("ends_ms");
  write_time(out, event.ended_at);
  out.key("by").string(event.person);
  write_all(out, "targets", view.services);
  out.key("about").begin_array();
  for (const std::string& each : view.about) out.string(each);
  out.end_array().key("rollout");
  write_rollout(out, event);
  if (view.comments) {
    out.key("comments").begin_array();
    for (const Comment& each : *view.comments) {
      out.begin_object().key("by").string(each.written.person).key("at_ms");
      write_time(out, each.written.at);
      out.key("text").string(each.text).end_object();
    }
    out.end_array();
  }
  out.end_object();
}

std::string to_json(const EventView& view) {
  json::Writer out;
  write(out, view);
  return std::move(out).take();
}

std::string to_json(const EventListView& view) {
  json::Writer out;
  out.begin_object();
  write_all(out, "events", view.events);
  out.key("next");
  if (view.next.empty()) {
    out.null();
  } else {
    out.string(view.next);
  }
  out.end_object();
  return std::move(out).take();
}

std::string to_json(const ServiceView& view) {
  json::Writer out;
  out.begin_object().key("now_ms");
  write_time(out, view.now);
  out.key("from_ms");
  write_time(out, view.span.from);
  out.key("to_ms");
  write_time(out, view.span.to);
  out.key("complete_until_ms");
  write_time(out, view.complete_until);
  out.key("service");
  write(out, view.service);
  out.key("golden");
  write(out, view.golden);
  out.key("tcp");
  write(out, view.tcp);
  out.key("state").string(view.state);
  out.key("objectives").begin_array();
  for (const ObjectiveView& each : view.objectives) write_card(out, each);
  out.end_array();
  write_all(out, "workloads", view.workloads);
  write_all(out, "callers", view.callers);
  write_all(out, "callees", view.callees);
  write_all(out, "events", view.events);
  out.key("problems").begin_array();
  for (const std::string& each : view.problems) out.string(each);
  out.end_array().end_object();
  return std::move(out).take();
}

std::string to_json(const ChartsView& view) {
  json::Writer out;
  out.begin_object().key("from_ms");
  write_time(out, view.grid.from);
  out.key("to_ms");
  write_time(out, view.grid.to);
  out.key("asked_from_ms");
  write_time(out, view.asked_from);
  out.key("step_ms").integer(
      std::chrono::duration_cast<std::chrono::milliseconds>(view.grid.step).count());
  out.key("good").begin_array();
  for (const Outcomes& each : view.counts) write_count(out, each.good);
  out.end_array().key("bad").begin_array();
  for (const Outcomes& each : view.counts) write_count(out, each.bad);
  out.end_array();
  write_latencies(out, "p50_ms", view.p50);
  write_latencies(out, "p95_ms", view.p95);
  write_latencies(out, "p99_ms", view.p99);
  out.key("gaps").begin_array();
  for (const Span& each : view.gaps) {
    out.begin_object().key("from_ms");
    write_time(out, each.from);
    out.key("to_ms");
    write_time(out, each.to);
    out.end_object();
  }
  out.end_array().key("markers").begin_array();
  for (const auto& each : view.markers) {
    out.begin_object().key("at_ms");
    write_time(out, each.at);
    out.key("title").string(each.title).key("event").string(each.event).end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

}  // namespace seine::dive
