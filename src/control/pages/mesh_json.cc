// SPDX-License-Identifier: Apache-2.0
#include "control/pages/mesh_json.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "json/writer.h"
#include "telemetry/figures/edge_rows.h"
#include "telemetry/figures/stat_rows.h"

namespace seine::control {

namespace registry = seine::registry::v1;
namespace wire = seine::telemetry::v1;
using telemetry::ResourceKind;
using telemetry::StatRow;
using telemetry::Traffic;

namespace {

std::int64_t milliseconds(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

void write_count(json::Writer& out, std::string_view key, std::uint64_t count) {
  out.key(key).integer(static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX)));
}

void write_latency(json::Writer& out, std::string_view key, const std::optional<Duration>& at) {
  out.key(key);
  if (!at) {
    out.null();
    return;
  }
  out.number(static_cast<double>(std::chrono::ceil<std::chrono::microseconds>(*at).count()) / 1000);
}

void write_golden(json::Writer& out, const StatRow& row) {
  const Traffic& traffic = row.traffic;
  out.key("golden").begin_object();
  write_count(out, "good", traffic.success);
  write_count(out, "bad", traffic.failure);
  write_count(out, "excluded", traffic.excluded);
  write_count(out, "cancelled", traffic.cancelled);
  const auto counted = std::chrono::floor<std::chrono::milliseconds>(row.counted.total()).count();
  out.key("rps");
  // A service that nobody called has no caller who counted, and no requests all the same.
  if (traffic.requests() == 0 || counted == 0) {
    out.null();
  } else {
    out.number(static_cast<double>(traffic.requests()) * 1000 / static_cast<double>(counted));
  }
  out.key("counted_ms").integer(counted);
  write_latency(out, "p50_ms", traffic.quantile(0.5));
  write_latency(out, "p95_ms", traffic.quantile(0.95));
  write_latency(out, "p99_ms", traffic.quantile(0.99));
  out.end_object();
}

void write_tcp(json::Writer& out, const Traffic& traffic) {
  out.key("tcp");
  if (!traffic.has_tcp) {
    out.null();
    return;
  }
  out.begin_object();
  write_count(out, "opened", traffic.opened);
  write_count(out, "closed", traffic.closed);
  write_count(out, "failed", traffic.failed);
  write_count(out, "read_bytes", traffic.read_bytes);
  write_count(out, "written_bytes", traffic.written_bytes);
  out.end_object();
}

void write_rows(json::Writer& out, std::string_view key, const registry::ListResponse& list,
                const wire::ReadResponse& window, ResourceKind kind) {
  out.key(key).begin_array();
  const auto rows = telemetry::make_stat_rows(
      list, window, {.resource = {.kind = kind, .name = {}}, .ns = {}, .to = {}, .from = {}});
  // Nothing by name is asked for that might not be there.
  for (const StatRow& row : rows ? *rows : std::vector<StatRow>()) {
    out.begin_object();
    out.key("namespace").string(row.ns).key("name").string(row.name);
    write_count(out, "ready_pods", row.meshed);
    write_count(out, "pods", row.pods);
    write_golden(out, row);
    write_tcp(out, row.traffic);
    out.end_object();
  }
  out.end_array();
}

void write_edges(json::Writer& out, const registry::ListResponse& list,
                 const wire::ReadResponse& window) {
  out.key("edges").begin_array();
  const auto edges = telemetry::make_edges(
      list, window, {.kind = ResourceKind::kDeployment, .name = {}}, /*ns=*/"");
  for (const telemetry::Edge& edge : edges ? *edges : std::vector<telemetry::Edge>()) {
    out.begin_object();
    out.key("from_namespace").string(edge.src_ns).key("from").string(edge.src);
    out.key("to_namespace").string(edge.dst_ns).key("to").string(edge.dst);
    out.key("secured").boolean(edge.no_tls_reason.empty());
    out.key("reason").string(edge.no_tls_reason);
    out.key("client_id").string(edge.client_id).key("server_id").string(edge.server_id);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string mesh_json(const registry::ListResponse& list, const wire::ReadResponse& window,
                      const wire::ReadResponse& edges_window, WallTime now) {
  json::Writer out;
  out.begin_object().key("cluster").string(list.cluster());
  out.key("now_ms").integer(
      std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count());
  out.key("from_ms").integer(milliseconds(window.from()));
  out.key("to_ms").integer(milliseconds(window.to()));
  out.key("note").string(telemetry::coverage_note(window, /*ns=*/""));
  write_rows(out, "services", list, window, ResourceKind::kService);
  write_rows(out, "workloads", list, window, ResourceKind::kDeployment);
  write_edges(out, list, edges_window);
  out.end_object();
  return std::move(out).take();
}

}  // namespace seine::control
