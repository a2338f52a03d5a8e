// SPDX-License-Identifier: Apache-2.0
#include "dive/views/view_json.h"

#include <algorithm>
#include <utility>

#include "dive/store/slot.h"

namespace seine::dive {
namespace {

std::string_view severity_name(Attention::Severity severity) {
  return severity == Attention::Severity::kFailing ? "failing" : "warning";
}

void write(json::Writer& out, const Attention& attention) {
  out.begin_object();
  out.key("severity").string(severity_name(attention.severity));
  out.key("title").string(attention.title);
  out.key("sentence").string(attention.sentence);
  out.key("service");
  if (attention.service) {
    write(out, *attention.service);
  } else {
    out.null();
  }
  out.key("objective");
  if (attention.objective.empty()) {
    out.null();
  } else {
    out.string(attention.objective);
  }
  out.end_object();
}

void write(json::Writer& out, const ServiceRow& row) {
  out.begin_object();
  out.key("service");
  write(out, row.service);
  out.key("golden");
  write(out, row.golden);
  out.key("objectives").begin_array();
  for (const auto& each : row.objectives) {
    out.begin_object().key("name").string(each.name);
    out.key("state").string(state_name(each.state)).key("left").string(each.left).end_object();
  }
  out.end_array();
  out.key("state").string(row.state);
  out.key("tcp");
  write(out, row.tcp);
  out.key("coverage").begin_object().key("measured");
  write_count(out, row.coverage.measured);
  out.key("expected");
  write_count(out, row.coverage.expected);
  out.end_object();
  out.key("last_rollout");
  if (row.last_rollout) {
    out.begin_object().key("version").string(row.last_rollout->version).key("at_ms");
    write_time(out, row.last_rollout->at);
    out.key("is_ongoing").boolean(row.last_rollout->is_ongoing).end_object();
  } else {
    out.null();
  }
  out.key("problem").string(row.problem);
  out.end_object();
}

void write(json::Writer& out, const NamespaceGroup& group) {
  out.begin_object();
  out.key("cluster").string(group.cluster);
  out.key("name").string(group.name);
  out.key("meshed_pods");
  write_count(out, group.meshed_pods);
  out.key("pods");
  write_count(out, group.pods);
  out.key("services").begin_array();
  for (const ServiceRow& row : group.services) write(out, row);
  out.end_array().end_object();
}

}  // namespace

void write_time(json::Writer& out, WallTime time) {
  out.integer(to_milliseconds(time));
}

void write_time(json::Writer& out, const std::optional<WallTime>& time) {
  if (time) {
    write_time(out, *time);
  } else {
    out.null();
  }
}

void write_latency(json::Writer& out, const std::optional<Duration>& latency) {
  if (!latency) {
    out.null();
    return;
  }
  const auto whole = std::chrono::ceil<std::chrono::microseconds>(*latency).count();
  out.number(static_cast<double>(whole) / 1000);
}

void write_count(json::Writer& out, std::uint64_t count) {
  out.integer(static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX)));
}

void write(json::Writer& out, const ServiceRef& service) {
  out.begin_object().key("cluster").string(service.cluster);
  out.key("namespace").string(service.ns).key("name").string(service.name).end_object();
}

void write(json::Writer& out, const ClusterStatus& cluster) {
  out.begin_object();
  out.key("name").string(cluster.name);
  out.key("connected").boolean(cluster.is_connected);
  out.key("last_seen_ms");
  write_time(out, cluster.last_heard);
  out.key("problem").string(cluster.problem);
  out.end_object();
}

void write(json::Writer& out, const Golden& golden) {
  out.begin_object().key("good");
  write_count(out, golden.counts.good);
  out.key("bad");
  write_count(out, golden.counts.bad);
  out.key("excluded");
  write_count(out, golden.excluded);
  out.key("cancelled");
  write_count(out, golden.cancelled);
  out.key("rps");
  const auto milliseconds =
      std::chrono::floor<std::chrono::milliseconds>(golden.counted_for).count();
  if (milliseconds > 0) {
    // Thousandths of a request a second, cut.
    const Int128 rate = Int128{golden.counts.total()} * 1'000'000 / milliseconds;
    out.number(static_cast<double>(rate) / 1000);
  } else {
    out.null();
  }
  out.key("counted_ms").integer(milliseconds);
  out.key("lasting");
  write_count(out, golden.lasting);
  out.key("p50_ms");
  write_latency(out, golden.p50);
  out.key("p95_ms");
  write_latency(out, golden.p95);
  out.key("p99_ms");
  write_latency(out, golden.p99);
  out.end_object();
}

void write(json::Writer& out, const std::optional<TcpTraffic>& tcp) {
  if (!tcp) {
    out.null();
    return;
  }
  out.begin_object().key("opened");
  write_count(out, tcp->opened);
  out.key("closed");
  write_count(out, tcp->closed);
  out.key("failed");
  write_count(out, tcp->failed);
  out.key("read_bytes");
  write_count(out, tcp->from_caller);
  out.key("written_bytes");
  write_count(out, tcp->to_caller);
  out.end_object();
}

std::string to_json(const DashboardView& view) {
  json::Writer out;
  out.begin_object().key("now_ms");
  write_time(out, view.now);
  out.key("from_ms");
  write_time(out, view.from);
  out.key("complete_until_ms");
  write_time(out, view.complete_until);
  out.key("clusters").begin_array();
  for (const ClusterStatus& each : view.clusters) write(out, each);
  out.end_array().key("attention").begin_array();
  for (const Attention& each : view.attention) write(out, each);
  out.end_array().key("namespaces").begin_array();
  for (const NamespaceGroup& each : view.namespaces) write(out, each);
  out.end_array().key("objectives");
  write_count(out, view.objectives);
  out.key("without_objective");
  write_count(out, view.without_objective);
  out.key("suggestion");
  if (view.suggestion) {
    out.begin_object().key("service");
    write(out, view.suggestion->service);
    out.key("sentence").string(view.suggestion->sentence).end_object();
  } else {
    out.null();
  }
  out.end_object();
  return std::move(out).take();
}

std::string clusters_json(std::span<const ClusterStatus> views) {
  json::Writer out;
  out.begin_object().key("clusters").begin_array();
  for (const ClusterStatus& each : views) write(out, each);
  out.end_array().end_object();
  return std::move(out).take();
}

}  // namespace seine::dive
